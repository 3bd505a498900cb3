// SIZE terms of the Leibniz series for pi.
fn run(n: Int) -> Float {
  let sum = 0.0;
  let sign = 1.0;
  let k = 1.0;
  let i = 0;
  while i < n {
    sum = sum + sign / k;
    sign = -sign;
    k = k + 2.0;
    i = i + 1;
  }
  sum * 4.0
}
int(run(unwrap(parse_int(args()[0]))) * 10000000.0)
