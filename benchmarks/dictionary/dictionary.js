function main() {
  const all = [];
  for (let i = 0; i < 1000; i++) all.push("key" + i);
  const counts = new Map();
  let i = 0;
  while (i < 500000) {
    const k = all[(i * 7919) % 1000];
    if (counts.has(k)) counts.set(k, counts.get(k) + 1);
    else counts.set(k, 1);
    i += 1;
  }
  let total = 0;
  for (const k of all) total += counts.get(k);
  console.log(counts.size + " " + total);
}
main();
