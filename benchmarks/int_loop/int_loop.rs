//! Integer arithmetic with a branch in a loop of SIZE turns.
use std::hint::black_box;

fn run(n: i64) -> i64 {
    let mut s = 1;
    let mut i = 0;
    while i < n {
        s = (s * 31 + i) % 1_000_003;
        if s % 2 == 0 {
            s += 1;
        }
        i += 1;
    }
    s
}

fn main() {
    let n = std::env::args().nth(1).expect("a size").parse().expect("a number");
    println!("{}", run(black_box(n)));
}
