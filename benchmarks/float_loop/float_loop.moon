fn run() -> Float {
  let sum = 0.0;
  let sign = 1.0;
  let k = 1.0;
  let i = 0;
  while i < 5000000 {
    sum = sum + sign / k;
    sign = -sign;
    k = k + 2.0;
    i = i + 1;
  }
  sum * 4.0
}
int(run() * 10000000.0)
