// SIZE closures made and called, one of them with state.
fn adder(n: Int) -> fn(Int) -> Int { fn(x: Int) -> Int { x + n } }
fn counter() -> fn() -> Int {
  let n = 0;
  fn() -> Int { n += 1; n }
}
fn run(turns: Int) -> Int {
  let tick = counter();
  let total = 0;
  for i in 0..turns {
    let add = adder(i);
    total += add(tick());
  }
  total
}
run(unwrap(parse_int(args()[0])))
