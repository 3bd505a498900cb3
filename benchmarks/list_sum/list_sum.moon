fn total(xs: Array<Int>) -> Int {
  let s = 0;
  for x in xs { s = s + x; }
  s
}
fn build(n: Int) -> Array<Int> {
  let xs: Array<Int> = [];
  for i in 0..n { push(xs, i); }
  xs
}
let xs = build(100000);
let all = 0;
for round in 0..20 { all = all + total(xs); }
all
