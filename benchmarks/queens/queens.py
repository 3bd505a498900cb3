# SIZE times ten solutions of the eight queens problem by backtracking; prints whether all were found.
import sys


class Board:
    def __init__(self):
        self.free_rows = [True] * 8
        self.free_maxs = [True] * 16
        self.free_mins = [True] * 16
        self.queen_rows = [-1] * 8

    def is_free(self, r, c):
        return self.free_rows[r] and self.free_maxs[c + r] and self.free_mins[c - r + 7]

    def set_free(self, r, c, free):
        self.free_rows[r] = free
        self.free_maxs[c + r] = free
        self.free_mins[c - r + 7] = free

    def place_queen(self, c):
        for r in range(8):
            if self.is_free(r, c):
                self.queen_rows[r] = c
                self.set_free(r, c, False)
                if c == 7 or self.place_queen(c + 1):
                    return True
                self.set_free(r, c, True)
        return False


def solve_ten():
    found = True
    for _ in range(10):
        found = Board().place_queen(0) and found
    return found


def main(n):
    result = False
    for _ in range(n):
        result = solve_ten()
        if not result:
            sys.exit("wrong result")
    print("true" if result else "false")


main(int(sys.argv[1]))
