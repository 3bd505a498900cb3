let n = unwrap(parse_int(args()[0]));
let xs: Array<Int> = [];
for i in 0..n { push(xs, i); }
len(xs)
