fn g() -> Int { 1 }
fn h() -> Int { g() }
let a = h();
let g = 7;
h()
