// SIZE closures made and called, one of them with state.
function adder(n) { return (x) => x + n; }
function counter() {
  let n = 0;
  return () => {
    n += 1;
    return n;
  };
}
function main(turns) {
  const tick = counter();
  let total = 0;
  let i = 0;
  while (i < turns) {
    const add = adder(i);
    total += add(tick());
    i += 1;
  }
  return total;
}
console.log(main(Number(process.argv[2])));
