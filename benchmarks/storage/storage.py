# SIZE times a tree of arrays seven levels deep with leaves of random length; prints its number of arrays.
import sys


class Random:
    def __init__(self):
        self.seed = 74755

    def next(self):
        self.seed = (self.seed * 1309 + 13849) % 65536
        return self.seed


class Storage:
    def __init__(self):
        self.count = 0
        self.random = Random()

    def build(self, depth):
        self.count += 1
        tree = []
        if depth == 1:
            for _ in range(self.random.next() % 10 + 1):
                tree.append(None)
        else:
            for _ in range(4):
                tree.append(self.build(depth - 1))
        return tree


def main(n):
    result = 0
    for _ in range(n):
        storage = Storage()
        storage.build(7)
        result = storage.count
        if result != 5461:
            sys.exit("wrong result")
    print(result)


main(int(sys.argv[1]))
