let part = fn(n: Int) -> Int { 60 / (n % 5) };
fn all(n: Int) -> Int { if n == 0 { 0 } else { part(n) + all(n - 1) } }
all(7)
