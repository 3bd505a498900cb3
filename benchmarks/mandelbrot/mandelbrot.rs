//! The Mandelbrot set on SIZE times SIZE points, eight points to a byte; prints the exclusive or of all bytes.
use std::hint::black_box;

/// 1 if the point is outside of the set, seen within 50 turns.
fn escape(cr: f64, ci: f64) -> i64 {
    let (mut zr2, mut zi2, mut zi) = (0.0, 0.0, 0.0);
    for _ in 0..50 {
        let zr = zr2 - zi2 + cr;
        zi = 2.0 * zr * zi + ci;
        zr2 = zr * zr;
        zi2 = zi * zi;
        if zr2 + zi2 > 4.0 {
            return 1;
        }
    }
    0
}

fn mandelbrot(size: i64) -> i64 {
    let (mut sum, mut byte, mut bits) = (0, 0, 0);
    for y in 0..size {
        let ci = 2.0 * y as f64 / size as f64 - 1.0;
        for x in 0..size {
            byte = byte * 2 + escape(2.0 * x as f64 / size as f64 - 1.5, ci);
            bits += 1;
            if x == size - 1 {
                while bits < 8 {
                    byte *= 2;
                    bits += 1;
                }
            }
            if bits == 8 {
                sum ^= byte;
                byte = 0;
                bits = 0;
            }
        }
    }
    sum
}

fn main() {
    let n = std::env::args().nth(1).expect("a size").parse().expect("a number");
    println!("{}", mandelbrot(black_box(n)));
}
