// SIZE times: builds a text of 10,000 pieces in an array and joins them.
function build(n) {
  const pieces = [];
  for (let i = 0; i < n; i++) pieces.push("item " + i);
  return pieces.join(", ");
}
function main(turns) {
  let length = 0;
  for (let turn = 0; turn < turns; turn++) length += build(10000).length;
  return length;
}
console.log(main(Number(process.argv[2])));
