// SIZE times: builds a list of 10,000 integers and sums it 20 times.
fn total(xs: Array<Int>) -> Int {
  let s = 0;
  for x in xs { s += x; }
  s
}
fn build(n: Int) -> Array<Int> {
  let xs: Array<Int> = [];
  for i in 0..n { push(xs, i); }
  xs
}
fn run(turns: Int) -> Int {
  let all = 0;
  for turn in 0..turns {
    let xs = build(10000);
    for round in 0..20 { all += total(xs); }
  }
  all
}
run(unwrap(parse_int(args()[0])))
