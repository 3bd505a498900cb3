let a = [1, 2];
if true { print("x"); }
[3][0];
if true { a } else { a }
[1]
