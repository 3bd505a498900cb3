let cell = [fn(n: Int) -> Int { n }];
{
  let seen = 0;
  cell[0] = fn(n: Int) -> Int { seen = seen + 1; if n > 0 { cell[0](n - 1); } else {}; seen };
};
cell[0](3) * 10 + cell[0](0)
