def adder(n):
    return lambda x: x + n


def counter():
    n = 0

    def tick():
        nonlocal n
        n += 1
        return n

    return tick


def main():
    tick = counter()
    total = 0
    i = 0
    while i < 1000000:
        add = adder(i)
        total += add(tick())
        i += 1
    return total


print(main())
