let a = [1];
fn f() -> Int { -a[0] }
fn g() -> Int { a[0] }
let a = 5;
f()
