fn adder(n: Int) -> fn(Int) -> Int { fn(x: Int) -> Int { x + n } }
fn counter() -> fn() -> Int {
  let n = 0;
  fn() -> Int { n = n + 1; n }
}
fn run() -> Int {
  let tick = counter();
  let total = 0;
  for i in 0..1000000 {
    let add = adder(i);
    total = total + add(tick());
  }
  total
}
run()
