fn f(a: Array<Int>) -> Int { 1 }
f([])
