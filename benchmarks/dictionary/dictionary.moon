// SIZE look-ups and updates over 1,000 string keys.
fn names(n: Int) -> Array<String> {
  let out: Array<String> = [];
  for i in 0..n { push(out, "key" + str(i)); }
  out
}
fn run(n: Int) -> Unit {
  let all = names(1000);
  let counts: Object<Int> = #{};
  for i in 0..n {
    let k = all[(i * 7919) % 1000];
    if has(counts, k) { counts[k] = counts[k] + 1; } else { counts[k] = 1; }
  }
  let total = 0;
  for k in all { total += counts[k]; }
  print(str(len(counts)) + " " + str(total));
}
run(unwrap(parse_int(args()[0])))
