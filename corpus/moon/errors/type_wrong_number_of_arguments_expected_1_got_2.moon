f(1, 2);
fn f(a: Int) -> Int { a }
