// Recursive Fibonacci numbers: calls and integer arithmetic.
fn fib(n: Int) -> Int { if n < 2 { n } else { fib(n - 1) + fib(n - 2) } }
fib(unwrap(parse_int(args()[0])))
