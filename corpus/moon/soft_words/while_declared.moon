let while = 3;
let x = while + 1;
for q in [1] { print(q); }
x
