import sys


class Node:
    def __init__(self, items):
        self.sum = 0
        self.items = items


class Log:
    def __init__(self):
        self.lines = []
        self.count = 0

    def add(self, line):
        self.lines.append(line)
        self.count += 1
        return self


def first(nodes, k):
    for x in nodes[k].items:
        if x >= 0:
            return x
    return 0


def main(n):
    nodes = [Node([i]) for i in range(8)]
    log = Log()
    for i in range(n):
        k = i % 8
        node = nodes[k]
        node.items.append(i)
        node.sum += i % 7
        nodes[k] = node
        log = log.add(first(nodes, (k + 1) % 8))
    return log.lines[n - 1] + len(nodes[3].items) + log.count


print(main(int(sys.argv[1])))
