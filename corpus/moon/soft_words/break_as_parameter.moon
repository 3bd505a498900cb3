fn f(break: Int) -> Int { break * 2 }
f(4)
