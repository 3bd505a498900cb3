fn f(n: Int) -> Int {
  let r = 0;
  if n == 1 { r = 1; } else if n == 2 { r = 2; }
  if n == 3 { r = 3; } else { r += 10; }
  { r += 100; }
  r
}
print(f(1)); print(f(3));
