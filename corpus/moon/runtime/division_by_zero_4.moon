fn deep(n: Int) -> Int { if n == 0 { 1 / n } else { deep(n - 1) } }
deep(10000)
