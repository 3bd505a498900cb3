fn f(n: Int) -> Int { 100 * [1, 2, { if n < 0 { return -1; } n }][2] + { return n; } }
print(f(-4));
f(5)
