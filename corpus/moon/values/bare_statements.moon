let c = true;
{ print(1); }
let d = 2;
if c { print(d); } else if d == 3 { print(3); }
[1, 2];
{ 3; }
