fn filter<T>(xs: Array<T>, p: fn(T) -> Bool) -> Array<T> {
  let out: Array<T> = [];
  for x in xs { if p(x) { push(out, x); } }
  out
}
fn fold<A, B>(xs: Array<A>, z: B, f: fn(B, A) -> B) -> B {
  for x in xs { z = f(z, x); }
  z
}
fn first<T>(xs: Array<T>) -> T? { if len(xs) == 0 { nil } else { xs[0] } }
print(filter([1, 2, 3, 4], fn(n: Int) -> Bool { n % 2 == 0 }));
print(fold(["a", "b"], 0, fn(n: Int, s: String) -> Int { n + len(s) }));
print(fold([1, 2], [0], fn(acc: Array<Int>, n: Int) -> Array<Int> { push(acc, n); acc }));
let e: Array<String> = [];
print(first(e)); print(first(["q"]));
fn eq<T>(a: T, b: T) -> Bool { a == b }
print(eq(1.5, 1.5)); print(eq("a" + "b", "ab")); print(eq([1], [1])); print(eq(0.0 / 0.0, 0.0 / 0.0));
