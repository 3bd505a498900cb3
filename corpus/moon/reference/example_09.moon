let v = 1;
let w = { let v = v + 10; v = v * 2; { let v = v + 1; v } + v };
v * 1000 + w
