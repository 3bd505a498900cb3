fn f(n: Int) -> Int {
  let r = if n > 0 {
    if n > 10 { return 1; }
    n
  } else {
    return 3;
  };
  while r < 100 { r *= 2; if r == 8 { return r; } }
  r
}
print(f(20)); print(f(-1)); print(f(1)); print(f(3));
