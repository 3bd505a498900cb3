# SIZE times: 10,000 appends of one character to a string.
import sys


def build(n):
    s = ""
    i = 0
    while i < n:
        s += "x"
        i += 1
    return s


def main(turns):
    length = 0
    for _ in range(turns):
        length += len(build(10000))
    return length


print(main(int(sys.argv[1])))
