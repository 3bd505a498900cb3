// SIZE times: 10,000 appends of one character to a string.
fn build(n: Int) -> String {
  let s = "";
  for i in 0..n { s += "x"; }
  s
}
fn run(turns: Int) -> Int {
  let length = 0;
  for turn in 0..turns { length += len(build(10000)); }
  length
}
run(unwrap(parse_int(args()[0])))
