// The Mandelbrot set on SIZE times SIZE points, eight points to a byte; prints the exclusive or of all bytes.

// 1 if the point is outside of the set, seen within 50 turns.
function escape(cr, ci) {
  let zr2 = 0.0, zi2 = 0.0, zi = 0.0;
  for (let turn = 0; turn < 50; turn++) {
    const zr = zr2 - zi2 + cr;
    zi = 2.0 * zr * zi + ci;
    zr2 = zr * zr;
    zi2 = zi * zi;
    if (zr2 + zi2 > 4.0) return 1;
  }
  return 0;
}

function mandelbrot(size) {
  let sum = 0, byte = 0, bits = 0;
  for (let y = 0; y < size; y++) {
    const ci = 2.0 * y / size - 1.0;
    for (let x = 0; x < size; x++) {
      byte = byte * 2 + escape(2.0 * x / size - 1.5, ci);
      bits += 1;
      if (x === size - 1) {
        while (bits < 8) {
          byte *= 2;
          bits += 1;
        }
      }
      if (bits === 8) {
        sum ^= byte;
        byte = 0;
        bits = 0;
      }
    }
  }
  return sum;
}
console.log(mandelbrot(Number(process.argv[2])));
