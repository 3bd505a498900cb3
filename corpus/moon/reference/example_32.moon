fn f(n: Int) -> Bool {
  n > 0;
}
