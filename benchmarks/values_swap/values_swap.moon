fn flip(a: Array<Int>) -> Unit {
  let i = 0;
  let j = len(a) - 1;
  while i < j {
    let t = a[i];
    a[i] = a[j];
    a[j] = t;
    i = i + 1;
    j = j - 1;
  }
}
let xs: Array<Int> = [];
for i in 0..unwrap(parse_int(args()[0])) { push(xs, i); }
flip(xs);
xs[0]
