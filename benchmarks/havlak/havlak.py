"""Finds the loops of a generated control flow graph, again and again, by Havlak's algorithm; prints loops * 10000 + blocks."""

import sys

UNVISITED = sys.maxsize
MAX_PREDECESSORS = 32 * 1024


class Block:
    def __init__(self, name):
        self.name = name
        self.predecessors = []
        self.successors = []


class Graph:
    def __init__(self):
        self.blocks = []

    def block(self, name):
        while len(self.blocks) <= name:
            self.blocks.append(Block(len(self.blocks)))
        return self.blocks[name]

    def connect(self, start, end):
        source = self.block(start)
        target = self.block(end)
        source.successors.append(target)
        target.predecessors.append(source)

    def straight(self, start, count):
        for i in range(count):
            self.connect(start + i, start + i + 1)
        return start + count

    def diamond(self, start):
        self.connect(start, start + 1)
        self.connect(start, start + 2)
        self.connect(start + 1, start + 3)
        self.connect(start + 2, start + 3)
        return start + 3

    def base_loop(self, start):
        """Two loops one after the other within a third one."""
        header = self.straight(start, 1)
        diamond1 = self.diamond(header)
        middle = self.straight(diamond1, 1)
        diamond2 = self.diamond(middle)
        footer = self.straight(diamond2, 1)
        self.connect(diamond2, middle)
        self.connect(diamond1, header)
        self.connect(footer, start)
        return self.straight(footer, 1)


class Loop:
    def __init__(self, header, is_reducible, is_root=False):
        self.header = header
        self.is_reducible = is_reducible
        self.is_root = is_root
        self.nesting = 0
        self.depth = 0
        self.parent = None
        self.blocks = []
        self.children = []

    def set_parent(self, parent):
        self.parent = parent
        parent.children.append(self)

    def set_nesting(self, depth):
        self.depth = depth
        for child in self.children:
            child.set_nesting(depth + 1)
            self.nesting = max(self.nesting, child.nesting + 1)


class LoopForest:
    """The loops that were found, as a tree below an artificial root."""

    def __init__(self):
        self.root = Loop(None, True, True)
        self.loops = [self.root]

    def add(self, header, is_reducible):
        loop = Loop(header, is_reducible)
        self.loops.append(loop)
        return loop

    def calculate_nesting(self):
        for loop in self.loops:
            if not loop.is_root and loop.parent is None:
                loop.set_parent(self.root)
        self.root.set_nesting(0)


class Node:
    """A block in the order of the search, and a member of a set of blocks that were merged into one loop."""

    def __init__(self):
        self.parent = None
        self.block = None
        self.loop = None
        self.number = 0

    def start(self, block, number):
        self.parent = self
        self.block = block
        self.number = number

    def find(self):
        """The representative of the node's set; shortens the path to it."""
        path = []
        node = self
        while node is not node.parent:
            if node.parent is not node.parent.parent:
                path.append(node)
            node = node.parent
        for member in path:
            member.parent = node
        return node


def add_once(values, value):
    if value not in values:
        values.append(value)


class Finder:
    def __init__(self, graph, forest):
        self.graph = graph
        self.forest = forest
        self.numbers = []
        self.nodes = []
        self.last = []
        self.header = []
        self.kind = []
        self.back_predecessors = []
        self.other_predecessors = []

    def search(self, block, number):
        """Numbers the blocks reachable from this one in preorder; returns the last number given."""
        self.nodes[number].start(block, number)
        self.numbers[block.name] = number
        last = number
        for target in block.successors:
            if self.numbers[target.name] == UNVISITED:
                last = self.search(target, last + 1)
        self.last[number] = last
        return last

    def is_ancestor(self, w, v):
        return w <= v and v <= self.last[w]

    def classify_edges(self, size):
        for w in range(size):
            block = self.nodes[w].block
            if block is None:
                self.kind[w] = "dead"
                continue
            for source in block.predecessors:
                v = self.numbers[source.name]
                if v != UNVISITED:
                    if self.is_ancestor(w, v):
                        self.back_predecessors[w].append(v)
                    else:
                        add_once(self.other_predecessors[w], v)

    def collect_back_predecessors(self, w, pool):
        for v in self.back_predecessors[w]:
            if v != w:
                pool.append(self.nodes[v].find())
            else:
                self.kind[w] = "self"

    def follow_predecessors(self, w, pool, x):
        for v in self.other_predecessors[x.number]:
            y = self.nodes[v].find()
            if not self.is_ancestor(w, y.number):
                self.kind[w] = "irreducible"
                add_once(self.other_predecessors[w], y.number)
            elif y.number != w and y not in pool:
                pool.append(y)

    def make_loop(self, w, pool):
        node = self.nodes[w]
        loop = self.forest.add(node.block, self.kind[w] != "irreducible")
        node.loop = loop
        for member in pool:
            self.header[member.number] = w
            member.parent = node
            if member.loop is not None:
                member.loop.set_parent(loop)
            else:
                loop.blocks.append(member.block)

    def run(self):
        size = len(self.graph.blocks)
        for _ in range(size):
            self.other_predecessors.append([])
            self.back_predecessors.append([])
            self.nodes.append(Node())
            self.numbers.append(UNVISITED)
            self.last.append(0)
            self.header.append(0)
            self.kind.append("plain")
        self.search(self.graph.blocks[0], 0)
        self.classify_edges(size)
        for w in range(size - 1, -1, -1):
            if self.nodes[w].block is None:
                continue
            pool = []
            self.collect_back_predecessors(w, pool)
            if pool:
                self.kind[w] = "reducible"
            done = 0
            while done < len(pool):
                x = pool[done]
                done += 1
                if len(self.other_predecessors[x.number]) > MAX_PREDECESSORS:
                    return
                self.follow_predecessors(w, pool, x)
            if pool or self.kind[w] == "self":
                self.make_loop(w, pool)


def find_loops(graph, forest):
    Finder(graph, forest).run()


def run(size):
    graph = Graph()
    forest = LoopForest()
    graph.base_loop(0)
    graph.connect(0, 2)
    for _ in range(size):
        find_loops(graph, forest)

    # Ten times ten loops around five base loops each.
    n = 2
    for _ in range(10):
        graph.connect(2, n + 1)
        n += 1
        for _ in range(10):
            top = n
            n = graph.straight(n, 1)
            for _ in range(5):
                n = graph.base_loop(n)
            bottom = graph.straight(n, 1)
            graph.connect(n, top)
            n = bottom
        graph.connect(n, 1)
    find_loops(graph, forest)
    for _ in range(3 * size):
        again = LoopForest()
        find_loops(graph, again)
        if len(again.loops) != len(forest.loops) - 3 * size:
            return "wrong result"
    forest.calculate_nesting()
    return len(forest.loops) * 10000 + len(graph.blocks)


sys.setrecursionlimit(10000)
print(run(int(sys.argv[1])))
