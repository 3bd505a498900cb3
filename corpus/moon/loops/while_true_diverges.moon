fn f(n: Int) -> Int { while true { n += 1; if n > 5 { return n; } } }
fn g(n: Int) -> Int { while (true) { return 3; } nowhere }
fn h(n: Int) -> Int { for i in 0..n { if i == 3 { return i; } } -1 }
print(f(1)); print(g(1)); print(h(2)); print(h(9));
