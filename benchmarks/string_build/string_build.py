# SIZE times: builds a text of 10,000 pieces in an array and joins them.
import sys


def build(n):
    pieces = []
    for i in range(n):
        pieces.append("item " + str(i))
    return ", ".join(pieces)


def main(turns):
    length = 0
    for _ in range(turns):
        length += len(build(10000))
    return length


print(main(int(sys.argv[1])))
