function flip(a) {
  let i = 0, j = a.length - 1;
  while (i < j) {
    const t = a[i];
    a[i] = a[j];
    a[j] = t;
    i += 1;
    j -= 1;
  }
}
const xs = [];
const n = Number(process.argv[2]);
for (let i = 0; i < n; i++) xs.push(i);
flip(xs);
console.log(xs[0]);
