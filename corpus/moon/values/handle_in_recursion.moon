fn f(n: Int) -> Array<Int> { if n == 0 { [0] } else { [n]; f(n - 1) } }
f(3)
