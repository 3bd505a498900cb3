fn f(a: Int,, b: Int) -> Int { 1 }
