{
  let n = 1;
  let outer = fn() -> Int {
    n = n + 1;
    let inner = fn() -> Int { n = n * 100; n };
    inner() + n
  };
  outer() * 10000 + outer()
}
