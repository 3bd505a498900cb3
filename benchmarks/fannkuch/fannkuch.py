"""Flips pancakes for every permutation of 0..SIZE; prints 1000 times the checksum plus the largest number of flips."""

import sys


def run(n):
    perm = list(range(n))
    count = [0] * (n + 1)
    max_flips = 0
    checksum = 0
    even = True
    r = n + 1
    while True:
        while r > 2:
            r -= 1
            count[r] = r
        first = perm[0]
        if first != 0:
            flipped = perm[:]
            flips = 0
            while first != 0:
                low = 1
                high = first - 1
                while low < high:
                    flipped[low], flipped[high] = flipped[high], flipped[low]
                    low += 1
                    high -= 1
                following = flipped[first]
                flipped[first] = first
                first = following
                flips += 1
            if flips > max_flips:
                max_flips = flips
            checksum += flips if even else -flips
        # The next permutation: rotate ever longer prefixes until one has turns left.
        while True:
            if r > n:
                return checksum * 1000 + max_flips
            head = perm[0]
            for i in range(1, r):
                perm[i - 1] = perm[i]
            perm[r - 1] = head
            count[r] -= 1
            if count[r] > 0:
                break
            r += 1
        even = not even


print(run(int(sys.argv[1])))
