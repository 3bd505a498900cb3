# SIZE closures made and called, one of them with state.
import sys


def adder(n):
    return lambda x: x + n


def counter():
    n = 0

    def tick():
        nonlocal n
        n += 1
        return n

    return tick


def main(turns):
    tick = counter()
    total = 0
    i = 0
    while i < turns:
        add = adder(i)
        total += add(tick())
        i += 1
    return total


print(main(int(sys.argv[1])))
