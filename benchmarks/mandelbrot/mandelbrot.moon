// The Mandelbrot set on SIZE times SIZE points, eight points to a byte; prints the exclusive or of all bytes.

// 1 if the point is outside of the set, seen within 50 turns.
fn escape(cr: Float, ci: Float) -> Int {
  let zr2 = 0.0;
  let zi2 = 0.0;
  let zi = 0.0;
  for turn in 0..50 {
    let zr = zr2 - zi2 + cr;
    zi = 2.0 * zr * zi + ci;
    zr2 = zr * zr;
    zi2 = zi * zi;
    if zr2 + zi2 > 4.0 { return 1; }
  }
  0
}

fn mandelbrot(size: Int) -> Int {
  let sum = 0;
  let byte = 0;
  let bits = 0;
  for y in 0..size {
    let ci = 2.0 * float(y) / float(size) - 1.0;
    for x in 0..size {
      byte = byte * 2 + escape(2.0 * float(x) / float(size) - 1.5, ci);
      bits += 1;
      if x == size - 1 {
        while bits < 8 {
          byte *= 2;
          bits += 1;
        }
      }
      if bits == 8 {
        sum = bit_xor(sum, byte);
        byte = 0;
        bits = 0;
      }
    }
  }
  sum
}
mandelbrot(unwrap(parse_int(args()[0])))
