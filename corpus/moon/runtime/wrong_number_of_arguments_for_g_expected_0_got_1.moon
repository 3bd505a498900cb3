let f = fn(x: Int) -> Int { x };
fn g() -> Int { f(1) }
let f = g;
f()
