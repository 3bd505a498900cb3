// SIZE times: 10,000 appends of one character to a string.
function build(n) {
  let s = "";
  let i = 0;
  while (i < n) {
    s += "x";
    i += 1;
  }
  return s;
}
function main(turns) {
  let length = 0;
  for (let turn = 0; turn < turns; turn++) length += build(10000).length;
  return length;
}
console.log(main(Number(process.argv[2])));
