fn map<A, B>(xs: Array<A>, f: fn(A) -> B) -> Array<B> {
  let out: Array<B> = [];
  for x in xs { push(out, f(x)); }
  out
}
print(map([1, 2], fn(n: Int) -> Unit { }));
