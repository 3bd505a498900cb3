function total(xs) {
  let s = 0;
  for (const x of xs) s += x;
  return s;
}
function build(n) {
  const xs = [];
  let i = 0;
  while (i < n) {
    xs.push(i);
    i += 1;
  }
  return xs;
}
const xs = build(100000);
let all = 0;
for (let round = 0; round < 20; round++) all += total(xs);
console.log(all);
