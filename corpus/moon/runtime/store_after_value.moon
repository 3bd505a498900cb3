let a = [1, 2, 3];
let i = 3;
print(a[2]);
a[i] = { print("rhs"); 1 };
