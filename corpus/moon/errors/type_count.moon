fn f(a: Int) -> Int { a }
f(1, true)
