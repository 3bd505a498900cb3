fn f(n: Int) -> Int { while true { n += 1; if n > 5 { break; } } }
