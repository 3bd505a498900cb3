// SIZE times: builds a list of 10,000 integers and sums it 20 times.
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
function main(turns) {
  let all = 0;
  for (let turn = 0; turn < turns; turn++) {
    const xs = build(10000);
    for (let round = 0; round < 20; round++) all += total(xs);
  }
  return all;
}
console.log(main(Number(process.argv[2])));
