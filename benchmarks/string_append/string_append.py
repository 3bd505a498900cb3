def build(n):
    s = ""
    i = 0
    while i < n:
        s += "x"
        i += 1
    return s


length = 0
for _ in range(100):
    length += len(build(10000))
print(length)
