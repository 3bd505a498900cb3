// SIZE values through a pipeline of two generators.
function* numbers(n) {
  let i = 0;
  while (i < n) {
    yield i;
    i += 1;
  }
}
function* squares(n) {
  for (const i of numbers(n)) {
    if (i % 3 !== 0) yield i * i;
  }
}
function main(n) {
  let total = 0;
  for (const s of squares(n)) total = (total + s) % 1000003;
  return total;
}
console.log(main(Number(process.argv[2])));
