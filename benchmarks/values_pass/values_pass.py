import sys


def at(xs, i):
    return xs[i]


def main(n):
    xs = list(range(n))
    total = 0
    for i in range(n):
        xs[i] = at(xs, i) + 1
        total += at(xs, i)
    return total


print(main(int(sys.argv[1])))
