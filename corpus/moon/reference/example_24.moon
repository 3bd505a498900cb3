let sum = fn(n: Int) -> Int { n };
sum = fn(n: Int) -> Int { if n == 0 { 0 } else { n + sum(n - 1) } };
let viaLocal = {
  let f = fn(n: Int) -> Int { 1000 };
  f = fn(n: Int) -> Int { if n == 0 { 0 } else { n + f(n - 1) } };
  f(4)
};
sum(4) * 10000 + viaLocal
