fn f(x: Int) -> Unit { if x == 0 { return; } print(x); f(x - 1) }
f(3)
