fn f(a: Int) -> Int { a }
fn f(b: Int) -> Bad { b }
