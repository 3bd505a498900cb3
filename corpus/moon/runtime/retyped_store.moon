let a = [1];
fn f() -> Unit { a[0] = 3; }
let a = [[1],[2]];
f();
print(a);
let a = fn() -> Int { 1 };
f()
