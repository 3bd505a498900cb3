# SIZE times the towers of Hanoi with 13 disks on piles that are linked lists; prints the moves of one time.
import sys


class Disk:
    def __init__(self, size):
        self.size = size
        self.next = None


class Towers:
    def __init__(self):
        self.piles = [None, None, None]
        self.moves = 0

    def push(self, disk, pile):
        top = self.piles[pile]
        if top is not None and disk.size >= top.size:
            sys.exit("cannot put a big disk on a smaller one")
        disk.next = top
        self.piles[pile] = disk

    def pop(self, pile):
        top = self.piles[pile]
        if top is None:
            sys.exit("no disk on the pile")
        self.piles[pile] = top.next
        top.next = None
        return top

    def move_top(self, from_pile, to_pile):
        self.push(self.pop(from_pile), to_pile)
        self.moves += 1

    def build(self, pile, disks):
        for size in range(disks, 0, -1):
            self.push(Disk(size), pile)

    def move(self, disks, from_pile, to_pile):
        if disks == 1:
            self.move_top(from_pile, to_pile)
        else:
            other = 3 - from_pile - to_pile
            self.move(disks - 1, from_pile, other)
            self.move_top(from_pile, to_pile)
            self.move(disks - 1, other, to_pile)


def main(n):
    result = 0
    for _ in range(n):
        towers = Towers()
        towers.build(0, 13)
        towers.move(13, 0, 1)
        result = towers.moves
        if result != 8191:
            sys.exit("wrong result")
    print(result)


main(int(sys.argv[1]))
