// Integer arithmetic with a branch in a loop of SIZE turns.
function main(n) {
  let s = 1;
  let i = 0;
  while (i < n) {
    s = (s * 31 + i) % 1000003;
    if (s % 2 === 0) s += 1;
    i += 1;
  }
  return s;
}
console.log(main(Number(process.argv[2])));
