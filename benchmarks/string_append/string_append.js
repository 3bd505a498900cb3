function build(n) {
  let s = "";
  let i = 0;
  while (i < n) {
    s += "x";
    i += 1;
  }
  return s;
}
let length = 0;
for (let round = 0; round < 100; round++) length += build(10000).length;
console.log(length);
