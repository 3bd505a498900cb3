fn f(a: Int) -> Int { a }
f(true)
