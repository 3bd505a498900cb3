let c = true;
if c { print("a"); }
(print("b"));
if c { print("c"); } else { print("d"); }
-5;
