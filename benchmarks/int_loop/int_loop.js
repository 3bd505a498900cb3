function main() {
  let s = 1;
  let i = 0;
  while (i < 5000000) {
    s = (s * 31 + i) % 1000003;
    if (s % 2 === 0) s += 1;
    i += 1;
  }
  return s;
}
console.log(main());
