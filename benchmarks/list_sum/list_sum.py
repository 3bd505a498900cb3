# SIZE times: builds a list of 10,000 integers and sums it 20 times.
import sys


def total(xs):
    s = 0
    for x in xs:
        s += x
    return s


def build(n):
    xs = []
    i = 0
    while i < n:
        xs.append(i)
        i += 1
    return xs


def main(turns):
    all_ = 0
    for _ in range(turns):
        xs = build(10000)
        for _ in range(20):
            all_ += total(xs)
    return all_


print(main(int(sys.argv[1])))
