fn f(a Int) -> Int { 1 }
