{
  let f = fn(n: Int) -> Int { n };
  let g = f;
  f = fn(n: Int) -> Int { if n == 0 { 0 } else { 1 + f(n - 1) } };
  print(f(5)); print(f == g);
  let cnt = 0;
  let inc = fn() -> Int { cnt += 1; let inner = fn() -> Int { cnt += 10; cnt }; inner() * 100 + cnt };
  print(inc()); print(inc()); print(cnt);
}
