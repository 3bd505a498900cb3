fn f(a: Int Int) -> Int { 1 }
