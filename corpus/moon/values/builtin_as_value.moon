let x = upper;
print(x); print(x("abc")); 
let g = gc; g();
g
