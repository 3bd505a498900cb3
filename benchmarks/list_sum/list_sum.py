def total(xs):
    s = 0
    for x in xs:
        s += x
    return s


def build(n):
    xs = []
    i = 0
    while i < n:
        xs.append(i)
        i += 1
    return xs


def main():
    xs = build(100000)
    all_ = 0
    for _ in range(20):
        all_ += total(xs)
    return all_


print(main())
