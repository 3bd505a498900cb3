// Flips pancakes for every permutation of 0..SIZE; prints 1000 times the checksum plus the largest number of flips.
function run(n) {
  const perm = [];
  for (let i = 0; i < n; i++) perm.push(i);
  const flipped = new Array(n).fill(0);
  const count = new Array(n + 1).fill(0);
  let maxFlips = 0;
  let checksum = 0;
  let even = true;
  let r = n + 1;
  while (true) {
    while (r > 2) {
      r -= 1;
      count[r] = r;
    }
    let first = perm[0];
    if (first !== 0) {
      for (let i = 1; i < n; i++) flipped[i] = perm[i];
      let flips = 0;
      do {
        let low = 1;
        let high = first - 1;
        while (low < high) {
          const t = flipped[low];
          flipped[low] = flipped[high];
          flipped[high] = t;
          low += 1;
          high -= 1;
        }
        const next = flipped[first];
        flipped[first] = first;
        first = next;
        flips += 1;
      } while (first !== 0);
      if (flips > maxFlips) maxFlips = flips;
      checksum += even ? flips : -flips;
    }
    // The next permutation: rotate ever longer prefixes until one has turns left.
    while (true) {
      if (r > n) return checksum * 1000 + maxFlips;
      const head = perm[0];
      for (let i = 1; i < r; i++) perm[i - 1] = perm[i];
      perm[r - 1] = head;
      count[r] -= 1;
      if (count[r] > 0) break;
      r += 1;
    }
    even = !even;
  }
}

console.log(run(Number(process.argv[2])));
