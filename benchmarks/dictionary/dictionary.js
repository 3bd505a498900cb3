// SIZE look-ups and updates over 1,000 string keys.
function main(n) {
  const all = [];
  for (let i = 0; i < 1000; i++) all.push("key" + i);
  const counts = new Map();
  let i = 0;
  while (i < n) {
    const k = all[(i * 7919) % 1000];
    if (counts.has(k)) counts.set(k, counts.get(k) + 1);
    else counts.set(k, 1);
    i += 1;
  }
  let total = 0;
  for (const k of all) total += counts.get(k);
  console.log(counts.size + " " + total);
}
main(Number(process.argv[2]));
