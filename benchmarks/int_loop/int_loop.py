# Integer arithmetic with a branch in a loop of SIZE turns.
import sys


def main(n):
    s = 1
    i = 0
    while i < n:
        s = (s * 31 + i) % 1000003
        if s % 2 == 0:
            s += 1
        i += 1
    return s


print(main(int(sys.argv[1])))
