// Flips pancakes for every permutation of 0..SIZE; prints 1000 times the checksum plus the largest number of flips.
fn run(n: Int) -> Int {
  let perm: Array<Int> = [];
  for i in 0..n { push(perm, i); }
  let flipped = array(n, 0);
  let count = array(n + 1, 0);
  let max_flips = 0;
  let checksum = 0;
  let even = true;
  let r = n + 1;
  while true {
    while r > 2 {
      r -= 1;
      count[r] = r;
    }
    let first = perm[0];
    if first != 0 {
      for i in 1..n { flipped[i] = perm[i]; }
      let flips = 0;
      while first != 0 {
        let low = 1;
        let high = first - 1;
        while low < high {
          let t = flipped[low];
          flipped[low] = flipped[high];
          flipped[high] = t;
          low += 1;
          high -= 1;
        }
        let next = flipped[first];
        flipped[first] = first;
        first = next;
        flips += 1;
      }
      if flips > max_flips { max_flips = flips; }
      if even { checksum += flips; } else { checksum -= flips; }
    }
    // The next permutation: rotate ever longer prefixes until one has turns left.
    while true {
      if r > n { return checksum * 1000 + max_flips; }
      let head = perm[0];
      for i in 1..r { perm[i - 1] = perm[i]; }
      perm[r - 1] = head;
      count[r] -= 1;
      if count[r] > 0 { break; }
      r += 1;
    }
    even = !even;
  }
}

run(unwrap(parse_int(args()[0])))
