# SIZE look-ups and updates over 1,000 string keys.
import sys


def main(n):
    all_ = ["key" + str(i) for i in range(1000)]
    counts = {}
    i = 0
    while i < n:
        k = all_[(i * 7919) % 1000]
        if k in counts:
            counts[k] = counts[k] + 1
        else:
            counts[k] = 1
        i += 1
    total = 0
    for k in all_:
        total += counts[k]
    print(len(counts), total)


main(int(sys.argv[1]))
