const xs = [];
const n = Number(process.argv[2]);
for (let i = 0; i < n; i++) xs.push(i);
console.log(xs.length);
