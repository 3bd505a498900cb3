{
  let n = 1;
  let bump = fn() -> Int { n = n + 10; n };
  n = 500;
  bump();
  bump() * 1000 + n
}
