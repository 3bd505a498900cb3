fn digitSum(n: Int, acc: Int) -> Int {
  if n < 0 { n = -n; } else {};
  if n == 0 { return acc; } else {};
  acc = acc + n % 10;
  digitSum(n / 10, acc)
}
digitSum(-98765, 0)
