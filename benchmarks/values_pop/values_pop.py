import sys


def main(n):
    todo = [n]
    seen = 0
    total = 0
    while len(todo) > 0:
        x = todo.pop()
        seen += 1
        total = (total * 31 + x) % 1000003
        if x > 1:
            half = x // 2
            todo.append(half)
            todo.append(x - half)
    return seen + total


print(main(int(sys.argv[1])))
