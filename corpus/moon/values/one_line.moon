fn f(x: Int) -> Int { x } fn g(y: Int) -> Int { f(y) + 1 } g(1)
