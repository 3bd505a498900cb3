fn rec(n: Int) -> Int { if n == 0 { 0 } else { rec(n - 1) + 1 } }
rec(1000000)
