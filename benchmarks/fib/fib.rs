//! Recursive Fibonacci numbers: calls and integer arithmetic.
use std::hint::black_box;

fn fib(n: i64) -> i64 {
    if n < 2 { n } else { fib(n - 1) + fib(n - 2) }
}

fn main() {
    let n = std::env::args().nth(1).expect("a size").parse().expect("a number");
    println!("{}", fib(black_box(n)));
}
