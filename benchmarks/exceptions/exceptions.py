# SIZE protected calls four frames deep, every third raises an error.
import sys


def check(n):
    if n % 3 == 0:
        raise ValueError("multiple of three")
    return n % 7


def third(n):
    return check(n) + 1


def second(n):
    return third(n) + 1


def first(n):
    return second(n) + 1


def main(turns):
    caught = 0
    total = 0
    i = 0
    while i < turns:
        try:
            total += first(i)
        except ValueError:
            caught += 1
        i += 1
    print(caught, total)


main(int(sys.argv[1]))
