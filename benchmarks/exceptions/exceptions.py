def check(n):
    if n % 3 == 0:
        raise ValueError("multiple of three")
    return n


def main():
    caught = 0
    passed = 0
    i = 0
    while i < 200000:
        try:
            check(i)
            passed += 1
        except ValueError:
            caught += 1
        i += 1
    print(caught, passed)


main()
