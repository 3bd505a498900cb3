// SIZE times: builds a text of 10,000 pieces in an array and joins them.
fn build(n: Int) -> String {
  let pieces: Array<String> = [];
  for i in 0..n { push(pieces, "item " + str(i)); }
  join(pieces, ", ")
}
fn run(turns: Int) -> Int {
  let length = 0;
  for turn in 0..turns { length += len(build(10000)); }
  length
}
run(unwrap(parse_int(args()[0])))
