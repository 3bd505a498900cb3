# SIZE runs of a Takeuchi-like recursion on linked lists; prints the length of the resulting list.
import sys


class Element:
    def __init__(self, value, next_):
        self.value = value
        self.next = next_

    def length(self):
        if self.next is None:
            return 1
        return 1 + self.next.length()


def make_list(length):
    if length == 0:
        return None
    return Element(length, make_list(length - 1))


def is_shorter(x, y):
    while y is not None:
        if x is None:
            return True
        x = x.next
        y = y.next
    return False


def tail(x, y, z):
    if is_shorter(y, x):
        return tail(tail(x.next, y, z), tail(y.next, z, x), tail(z.next, x, y))
    return z


def main(n):
    result = 0
    for _ in range(n):
        result = tail(make_list(15), make_list(10), make_list(6)).length()
        if result != 10:
            sys.exit("wrong result")
    print(result)


main(int(sys.argv[1]))
