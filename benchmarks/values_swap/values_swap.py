import sys


def flip(a):
    i = 0
    j = len(a) - 1
    while i < j:
        t = a[i]
        a[i] = a[j]
        a[j] = t
        i += 1
        j -= 1


xs = list(range(int(sys.argv[1])))
flip(xs)
print(xs[0])
