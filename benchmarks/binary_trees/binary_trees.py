"""Allocates many short-lived binary trees beside one long-lived tree and counts their nodes."""

import sys


class Tree:
    def __init__(self, left, right):
        self.left = left
        self.right = right

    def count(self):
        if self.left is None:
            return 1
        return 1 + self.left.count() + self.right.count()


def bottom_up(depth):
    if depth == 0:
        return Tree(None, None)
    return Tree(bottom_up(depth - 1), bottom_up(depth - 1))


def run(size):
    min_depth = 4
    total = bottom_up(size + 1).count()
    long_lived = bottom_up(size)
    for depth in range(min_depth, size + 1, 2):
        for _ in range(1 << (size - depth + min_depth)):
            total += bottom_up(depth).count()
    return total + long_lived.count()


print(run(int(sys.argv[1])))
