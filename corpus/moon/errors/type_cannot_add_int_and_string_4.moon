let f = fn(x: Int) -> Int {
  x + "a"
};
