// Integer arithmetic with a branch in a loop of SIZE turns.
fn run(n: Int) -> Int {
  let s = 1;
  let i = 0;
  while i < n {
    s = (s * 31 + i) % 1000003;
    if s % 2 == 0 { s += 1; }
    i += 1;
  }
  s
}
run(unwrap(parse_int(args()[0])))
