{
  let n = 1;
  let f = fn() -> Int { n };
  let n = "x";
  let g = fn() -> String { n };
  n = "y";
  print(f()); print(g()); print(n);
}
