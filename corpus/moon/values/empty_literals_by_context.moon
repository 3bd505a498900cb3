fn f() -> Object<Int> { return #{}; }
let a: Array<Int> = [1];
a = [];
let b = [[1]];
b[0] = [];
print(f()); print(a); print(b);
