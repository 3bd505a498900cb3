fn map<A, B>(xs: Array<A>, f: fn(A) -> B) -> Array<B> {
  let out: Array<B> = [];
  for x in xs { push(out, f(x)); }
  out
}
fn compose<A, B, C>(f: fn(A) -> B, g: fn(B) -> C) -> fn(A) -> C { fn(x: A) -> C { g(f(x)) } }
let half = fn(n: Int) -> Float { float(n) / 2.0 };
let tag = fn(x: Float) -> String { "<" + str(x) + ">" };
print(map([1, 2, 3], compose(half, tag)));
