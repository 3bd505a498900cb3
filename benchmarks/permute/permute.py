# SIZE times all permutations of six numbers by swapping; prints the calls of one time.
import sys


class Permuter:
    def __init__(self, n):
        self.values = list(range(n))
        self.count = 0

    def swap(self, i, j):
        values = self.values
        t = values[i]
        values[i] = values[j]
        values[j] = t

    def permute(self, n):
        self.count += 1
        if n > 0:
            last = n - 1
            self.permute(last)
            for i in range(last, -1, -1):
                self.swap(last, i)
                self.permute(last)
                self.swap(last, i)


def main(n):
    result = 0
    for _ in range(n):
        permuter = Permuter(6)
        permuter.permute(6)
        result = permuter.count
        if result != 8660:
            sys.exit("wrong result")
    print(result)


main(int(sys.argv[1]))
