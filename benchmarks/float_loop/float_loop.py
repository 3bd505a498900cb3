# SIZE terms of the Leibniz series for pi.
import sys


def main(n):
    total = 0.0
    sign = 1.0
    k = 1.0
    i = 0
    while i < n:
        total = total + sign / k
        sign = -sign
        k = k + 2.0
        i += 1
    return total * 4.0


print(int(main(int(sys.argv[1])) * 10000000.0))
