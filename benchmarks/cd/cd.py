"""Detects collisions between SIZE simulated aircraft over 200 radar frames; its maps are red-black trees."""

import math
import sys

FRAMES = 200
MAX_X = 1000.0
MAX_Y = 1000.0
MAX_Z = 10.0
PROXIMITY_RADIUS = 1.0
VOXEL_SIZE = 2.0


def compare_numbers(a, b):
    if a == b:
        return 0
    return -1 if a < b else 1


class Vector2:
    def __init__(self, x, y):
        self.x = x
        self.y = y

    def plus(self, other):
        return Vector2(self.x + other.x, self.y + other.y)

    def minus(self, other):
        return Vector2(self.x - other.x, self.y - other.y)

    def compare(self, other):
        order = compare_numbers(self.x, other.x)
        return order if order != 0 else compare_numbers(self.y, other.y)


HORIZONTAL = Vector2(VOXEL_SIZE, 0.0)
VERTICAL = Vector2(0.0, VOXEL_SIZE)


class Vector3:
    def __init__(self, x, y, z):
        self.x = x
        self.y = y
        self.z = z

    def plus(self, other):
        return Vector3(self.x + other.x, self.y + other.y, self.z + other.z)

    def minus(self, other):
        return Vector3(self.x - other.x, self.y - other.y, self.z - other.z)

    def times(self, factor):
        return Vector3(self.x * factor, self.y * factor, self.z * factor)

    def dot(self, other):
        return self.x * other.x + self.y * other.y + self.z * other.z

    def squared_magnitude(self):
        return self.dot(self)

    def magnitude(self):
        return math.sqrt(self.squared_magnitude())


class CallSign:
    def __init__(self, value):
        self.value = value

    def compare(self, other):
        return compare_numbers(self.value, other.value)


class Node:
    def __init__(self, key, value, parent):
        self.key = key
        self.value = value
        self.red = True
        self.parent = parent
        self.left = None
        self.right = None

    def minimum(self):
        node = self
        while node.left is not None:
            node = node.left
        return node

    def successor(self):
        if self.right is not None:
            return self.right.minimum()
        node = self
        above = node.parent
        while above is not None and node is above.right:
            node = above
            above = above.parent
        return above


def is_red(node):
    return node is not None and node.red


class Tree:
    """A red-black tree whose keys have a method `compare`."""

    def __init__(self):
        self.root = None

    def find(self, key):
        node = self.root
        while node is not None:
            order = key.compare(node.key)
            if order == 0:
                return node
            node = node.left if order < 0 else node.right
        return None

    def get(self, key):
        node = self.find(key)
        return None if node is None else node.value

    def replace(self, old, new):
        """Hangs `new`, which may be None, where `old` hangs."""
        above = old.parent
        if above is None:
            self.root = new
        elif old is above.left:
            above.left = new
        else:
            above.right = new
        if new is not None:
            new.parent = above

    def rotate_left(self, x):
        y = x.right
        x.right = y.left
        if y.left is not None:
            y.left.parent = x
        self.replace(x, y)
        y.left = x
        x.parent = y

    def rotate_right(self, x):
        y = x.left
        x.left = y.right
        if y.right is not None:
            y.right.parent = x
        self.replace(x, y)
        y.right = x
        x.parent = y

    def put(self, key, value):
        """Stores the value and returns the one that it replaces, or None."""
        above = None
        order = 0
        node = self.root
        while node is not None:
            above = node
            order = key.compare(node.key)
            if order == 0:
                old = node.value
                node.value = value
                return old
            node = node.left if order < 0 else node.right
        node = Node(key, value, above)
        if above is None:
            self.root = node
        elif order < 0:
            above.left = node
        else:
            above.right = node
        self.balance_after_put(node)
        return None

    def balance_after_put(self, node):
        while is_red(node.parent):
            above = node.parent
            top = above.parent
            if above is top.left:
                uncle = top.right
                if is_red(uncle):
                    above.red = False
                    uncle.red = False
                    top.red = True
                    node = top
                else:
                    if node is above.right:
                        node = above
                        self.rotate_left(node)
                    node.parent.red = False
                    top.red = True
                    self.rotate_right(top)
            else:
                uncle = top.left
                if is_red(uncle):
                    above.red = False
                    uncle.red = False
                    top.red = True
                    node = top
                else:
                    if node is above.left:
                        node = above
                        self.rotate_right(node)
                    node.parent.red = False
                    top.red = True
                    self.rotate_left(top)
        self.root.red = False

    def remove(self, key):
        node = self.find(key)
        if node is None:
            return
        if node.left is not None and node.right is not None:
            # The next node has at most one child: it leaves its place and its contents move here.
            following = node.successor()
            node.key = following.key
            node.value = following.value
            node = following
        child = node.left if node.left is not None else node.right
        above = node.parent
        self.replace(node, child)
        if not node.red:
            self.balance_after_remove(child, above)

    def balance_after_remove(self, node, above):
        while node is not self.root and not is_red(node):
            if node is above.left:
                sibling = above.right
                if sibling.red:
                    sibling.red = False
                    above.red = True
                    self.rotate_left(above)
                    sibling = above.right
                if not is_red(sibling.left) and not is_red(sibling.right):
                    sibling.red = True
                    node = above
                    above = node.parent
                else:
                    if not is_red(sibling.right):
                        sibling.left.red = False
                        sibling.red = True
                        self.rotate_right(sibling)
                        sibling = above.right
                    sibling.red = above.red
                    above.red = False
                    sibling.right.red = False
                    self.rotate_left(above)
                    node = self.root
            else:
                sibling = above.left
                if sibling.red:
                    sibling.red = False
                    above.red = True
                    self.rotate_right(above)
                    sibling = above.left
                if not is_red(sibling.left) and not is_red(sibling.right):
                    sibling.red = True
                    node = above
                    above = node.parent
                else:
                    if not is_red(sibling.left):
                        sibling.right.red = False
                        sibling.red = True
                        self.rotate_left(sibling)
                        sibling = above.left
                    sibling.red = above.red
                    above.red = False
                    sibling.left.red = False
                    self.rotate_right(above)
                    node = self.root
        if node is not None:
            node.red = False

    def each(self, visit):
        if self.root is None:
            return
        node = self.root.minimum()
        while node is not None:
            visit(node)
            node = node.successor()


def within_motion(low, high):
    """Does the stretch low..high touch 0..1?"""
    return low <= 1.0 <= high or low <= 0.0 <= high or 0.0 <= low and high <= 1.0


class Motion:
    """The straight movement of one aircraft between two frames."""

    def __init__(self, sign, start, end):
        self.sign = sign
        self.start = start
        self.end = end

    def delta(self):
        return self.end.minus(self.start)

    def intersection(self, other):
        """The point at which two motions come too close, or None."""
        start1 = self.start
        start2 = other.start
        delta1 = self.delta()
        delta2 = other.delta()
        a = delta2.minus(delta1).squared_magnitude()
        if a != 0.0:
            b = 2.0 * start1.minus(start2).dot(delta1.minus(delta2))
            c = start2.minus(start1).squared_magnitude() - PROXIMITY_RADIUS * PROXIMITY_RADIUS
            discriminant = b * b - 4.0 * a * c
            if discriminant < 0.0:
                return None
            first = (-b - math.sqrt(discriminant)) / (2.0 * a)
            last = (-b + math.sqrt(discriminant)) / (2.0 * a)
            if first <= last and within_motion(first, last):
                time = max(0.0, first)
                point1 = start1.plus(delta1.times(time))
                point2 = start2.plus(delta2.times(time))
                middle = point1.plus(point2).times(0.5)
                if 0.0 <= middle.x <= MAX_X and 0.0 <= middle.y <= MAX_Y and 0.0 <= middle.z <= MAX_Z:
                    return middle
            return None
        # Both fly in parallel at the same speed.
        if start2.minus(start1).magnitude() <= PROXIMITY_RADIUS:
            return start1.plus(start2).times(0.5)
        return None

    def in_voxel(self, voxel):
        if voxel.x > MAX_X or voxel.x < 0.0 or voxel.y > MAX_Y or voxel.y < 0.0:
            return False
        start = self.start
        end = self.end
        r = PROXIMITY_RADIUS / 2.0
        dx = end.x - start.x
        dy = end.y - start.y
        low_x = high_x = low_y = high_y = 0.0
        if dx == 0.0:
            if voxel.x > start.x + r or start.x - r > voxel.x + VOXEL_SIZE:
                return False
        else:
            low_x = (voxel.x - r - start.x) / dx
            high_x = (voxel.x + VOXEL_SIZE + r - start.x) / dx
            if dx < 0.0:
                low_x, high_x = high_x, low_x
            if not within_motion(low_x, high_x):
                return False
        if dy == 0.0:
            if voxel.y > start.y + r or start.y - r > voxel.y + VOXEL_SIZE:
                return False
        else:
            low_y = (voxel.y - r - start.y) / dy
            high_y = (voxel.y + VOXEL_SIZE + r - start.y) / dy
            if dy < 0.0:
                low_y, high_y = high_y, low_y
            if not within_motion(low_y, high_y):
                return False
        return (
            dx == 0.0
            or dy == 0.0
            or low_y <= high_x <= high_y
            or low_y <= low_x <= high_y
            or (low_x <= low_y and high_y <= high_x)
        )


def add_to_voxel(voxels, voxel, motion):
    motions = voxels.get(voxel)
    if motions is None:
        motions = []
        voxels.put(voxel, motions)
    motions.append(motion)


def draw(voxels, visited, voxel, motion):
    """Adds the motion to every voxel that it touches and that is connected to this one."""
    if not motion.in_voxel(voxel):
        return
    if visited.put(voxel, True):
        return
    add_to_voxel(voxels, voxel, motion)
    left = voxel.minus(HORIZONTAL)
    right = voxel.plus(HORIZONTAL)
    draw(voxels, visited, left, motion)
    draw(voxels, visited, right, motion)
    draw(voxels, visited, voxel.minus(VERTICAL), motion)
    draw(voxels, visited, voxel.plus(VERTICAL), motion)
    draw(voxels, visited, left.minus(VERTICAL), motion)
    draw(voxels, visited, left.plus(VERTICAL), motion)
    draw(voxels, visited, right.minus(VERTICAL), motion)
    draw(voxels, visited, right.plus(VERTICAL), motion)


def snap(x):
    corner = VOXEL_SIZE * math.floor(abs(x) / VOXEL_SIZE)
    return -corner - VOXEL_SIZE if x < 0.0 else corner


def candidates(motions):
    """The groups of motions that share a voxel."""
    voxels = Tree()
    for motion in motions:
        draw(voxels, Tree(), Vector2(snap(motion.start.x), snap(motion.start.y)), motion)
    groups = []

    def collect(node):
        if len(node.value) > 1:
            groups.append(node.value)

    voxels.each(collect)
    return groups


class Aircraft:
    def __init__(self, sign, position):
        self.sign = sign
        self.position = position


class Collision:
    def __init__(self, one, two, point):
        self.one = one
        self.two = two
        self.point = point


class Detector:
    def __init__(self):
        self.positions = Tree()

    def handle(self, frame):
        """Takes the positions of a frame and returns the collisions since the frame before."""
        motions = []
        seen = Tree()
        for aircraft in frame:
            old = self.positions.put(aircraft.sign, aircraft.position)
            seen.put(aircraft.sign, True)
            motions.append(Motion(aircraft.sign, old or aircraft.position, aircraft.position))
        gone = []

        def collect(node):
            if not seen.get(node.key):
                gone.append(node.key)

        self.positions.each(collect)
        for sign in gone:
            self.positions.remove(sign)
        collisions = []
        for group in candidates(motions):
            for i, one in enumerate(group):
                for j in range(i + 1, len(group)):
                    two = group[j]
                    point = one.intersection(two)
                    if point is not None:
                        collisions.append(Collision(one.sign, two.sign, point))
        return collisions


def simulate(signs, time):
    """The aircraft fly in pairs that cross each other again and again."""
    frame = []
    for i in range(0, len(signs), 2):
        frame.append(Aircraft(signs[i], Vector3(time, math.cos(time) * 2.0 + i * 3.0, 10.0)))
        frame.append(Aircraft(signs[i + 1], Vector3(time, math.sin(time) * 2.0 + i * 3.0, 10.0)))
    return frame


def run(size):
    signs = [CallSign(i) for i in range(size)]
    detector = Detector()
    total = 0
    for i in range(FRAMES):
        total += len(detector.handle(simulate(signs, i / 10.0)))
    return total


print(run(int(sys.argv[1])))
