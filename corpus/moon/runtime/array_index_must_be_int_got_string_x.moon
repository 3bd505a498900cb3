let i = 1;
fn f() -> Int { [1,2][i] }
let i = "x";
f()
