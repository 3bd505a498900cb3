fn f(for: Int) -> Int { for + 1 }
f(1)
