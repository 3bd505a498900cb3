fn build(n: Int) -> String {
  let s = "";
  for i in 0..n { s = s + "x"; }
  s
}
let length = 0;
for round in 0..100 { length = length + len(build(10000)); }
length
