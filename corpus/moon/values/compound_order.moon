let xs = [1, 2, 3];
let i = 0;
xs[i] += { i = 2; 10 };
print(xs);
let y = 1;
y += { y = 100; 5 };
print(y);
