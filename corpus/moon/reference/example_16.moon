fn pick(n: Int) -> Int { 100 * [1, 2, { if n < 0 { return -1; } else {}; n }][2] + 7 }
pick(3) * 10 + pick(-5)
