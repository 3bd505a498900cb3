//! SIZE terms of the Leibniz series for pi.
use std::hint::black_box;

fn run(n: i64) -> f64 {
    let (mut sum, mut sign, mut k) = (0.0, 1.0, 1.0);
    let mut i = 0;
    while i < n {
        sum += sign / k;
        sign = -sign;
        k += 2.0;
        i += 1;
    }
    sum * 4.0
}

fn main() {
    let n = std::env::args().nth(1).expect("a size").parse().expect("a number");
    println!("{}", (run(black_box(n)) * 10_000_000.0) as i64);
}
