fn f(n: Int) -> Int {
  if n > 2 { return 1; } else { if n > 1 { return 2; } }
  3
}
print(f(5)); print(f(2)); print(f(0));
