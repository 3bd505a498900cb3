let down = fn(n: Int) -> Int { if n == 0 { 0 } else { down(n - 1) } };
down(3)
