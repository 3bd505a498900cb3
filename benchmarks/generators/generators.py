# SIZE values through a pipeline of two generators.
import sys


def numbers(n):
    i = 0
    while i < n:
        yield i
        i += 1


def squares(n):
    for i in numbers(n):
        if i % 3 != 0:
            yield i * i


def main(n):
    total = 0
    for s in squares(n):
        total = (total + s) % 1000003
    return total


print(main(int(sys.argv[1])))
