fn f(n: Int) -> Int {
  let clip = fn(k: Int) -> Int { if k > 9 { return 9; } else {}; k };
  clip(n) * 10 + clip(n * 2)
}
f(4) * 1000 + f(7)
