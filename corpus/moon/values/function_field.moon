struct S { f: fn(Int) -> Int, n: Int }
let s = S#{ f: fn(x: Int) -> Int { x + 1 }, n: 3 };
print(s.f(4)); print((s.f)(s.n)); print(s);
s.f = fn(x: Int) -> Int { x * 100 };
s.f(s.n)
