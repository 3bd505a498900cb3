# SIZE times the sieve of Eratosthenes over 5,000 flags; prints the number of primes.
import sys


def sieve(flags, size):
    count = 0
    for i in range(2, size + 1):
        if flags[i - 1]:
            count += 1
            for k in range(i + i, size + 1, i):
                flags[k - 1] = False
    return count


def count_primes():
    return sieve([True] * 5000, 5000)


def main(n):
    result = 0
    for _ in range(n):
        result = count_primes()
        if result != 669:
            sys.exit("wrong result")
    print(result)


main(int(sys.argv[1]))
