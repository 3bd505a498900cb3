fn f(1) -> Int { 1 }
