// SIZE times all permutations of six numbers by swapping; prints the calls of one time.
struct Permuter { values: Array<Int>, count: Int }

fn swap(values: Array<Int>, i: Int, j: Int) -> Unit {
  let t = values[i];
  values[i] = values[j];
  values[j] = t;
}

fn permute(p: Permuter, n: Int) -> Unit {
  p.count += 1;
  if n > 0 {
    let last = n - 1;
    permute(p, last);
    let i = last;
    while i >= 0 {
      swap(p.values, last, i);
      permute(p, last);
      swap(p.values, last, i);
      i -= 1;
    }
  }
}

fn run(n: Int) -> Int {
  let result = 0;
  for i in 0..n {
    let p = Permuter#{ values: [0, 1, 2, 3, 4, 5], count: 0 };
    permute(p, 6);
    result = p.count;
    if result != 8660 { panic("wrong result"); }
  }
  result
}
run(unwrap(parse_int(args()[0])))
