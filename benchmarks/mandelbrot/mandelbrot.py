# The Mandelbrot set on SIZE times SIZE points, eight points to a byte; prints the exclusive or of all bytes.
import sys


def escape(cr, ci):
    """1 if the point is outside of the set, seen within 50 turns."""
    zr2 = zi2 = zi = 0.0
    for _ in range(50):
        zr = zr2 - zi2 + cr
        zi = 2.0 * zr * zi + ci
        zr2 = zr * zr
        zi2 = zi * zi
        if zr2 + zi2 > 4.0:
            return 1
    return 0


def mandelbrot(size):
    total = byte = bits = 0
    for y in range(size):
        ci = 2.0 * y / size - 1.0
        for x in range(size):
            byte = byte * 2 + escape(2.0 * x / size - 1.5, ci)
            bits += 1
            if x == size - 1:
                while bits < 8:
                    byte *= 2
                    bits += 1
            if bits == 8:
                total ^= byte
                byte = bits = 0
    return total


print(mandelbrot(int(sys.argv[1])))
