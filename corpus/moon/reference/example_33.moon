fn f(n: Int) -> Int {
  if n > 1 { return n; } else { return 0 - n; };
  let x = nowhere + [1, "mixed"];
  x(x)
}
f(5) * 10 + f(-2)
