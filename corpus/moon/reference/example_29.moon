fn depth(n: Int) -> Int { if n == 0 { 0 } else { 1 + depth(n - 1) } }
depth(100000)
