fn g() -> Int { 1 }
fn f() -> Int { g() }
let g = fn(a: Int) -> Int { a };
f()
