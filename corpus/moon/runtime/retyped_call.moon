fn g() -> Int { 1 }
fn f() -> Int { g() }
let g = 3;
f()
