"""Approximates the spectral norm of an infinite matrix by the power method; prints it times 10^9."""

import math
import sys


def element(i, j):
    ij = i + j
    return 1.0 / (ij * (ij + 1) // 2 + i + 1)


def multiply(n, v, out):
    for i in range(n):
        total = 0.0
        for j in range(n):
            total += element(i, j) * v[j]
        out[i] = total


def multiply_transposed(n, v, out):
    for i in range(n):
        total = 0.0
        for j in range(n):
            total += element(j, i) * v[j]
        out[i] = total


def run(n):
    u = [1.0] * n
    v = [0.0] * n
    w = [0.0] * n
    for _ in range(10):
        multiply(n, u, w)
        multiply_transposed(n, w, v)
        multiply(n, v, w)
        multiply_transposed(n, w, u)
    uv = 0.0
    vv = 0.0
    for i in range(n):
        uv += u[i] * v[i]
        vv += v[i] * v[i]
    return math.floor(math.sqrt(uv / vv) * 1e9 + 0.5)


print(run(int(sys.argv[1])))
