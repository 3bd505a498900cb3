# SIZE turns over an array of two types of objects: two method calls each.
import sys


class Square:
    def __init__(self, side):
        self.side = side

    def scaled(self, k):
        return self.side * k

    def area(self, k):
        return self.scaled(k) * self.side


class Rectangle:
    def __init__(self, width, height):
        self.width = width
        self.height = height

    def scaled(self, k):
        return self.width * k

    def area(self, k):
        return self.scaled(k) * self.height


def main(turns):
    shapes = [Square(i) if i % 2 == 0 else Rectangle(i, i + 1) for i in range(10)]
    total = 0
    for turn in range(turns):
        total = (total + shapes[turn % 10].area(turn % 5)) % 1000003
    return total


print(main(int(sys.argv[1])))
