// Stable bottom-up merge sort. The array is replaced at the end, so that changes made meanwhile are lost.
fn sort_by<T>(xs: Array<T>, less: fn(T, T) -> Bool) -> Unit {
  let from = copy(xs);
  let n = len(from);
  let to = copy(from);
  let width = 1;
  while width < n {
    let lo = 0;
    while lo < n {
      let mid = min(lo + width, n);
      let hi = min(mid + width, n);
      let i = lo;
      let j = mid;
      let k = lo;
      while k < hi {
        let right = false;
        if i >= mid { right = true; } else if j < hi { right = less(from[j], from[i]); }
        if right { to[k] = from[j]; j += 1; } else { to[k] = from[i]; i += 1; }
        k += 1;
      }
      lo = hi;
    }
    let t = from;
    from = to;
    to = t;
    width = width * 2;
  }
  while len(xs) > 0 { pop(xs); }
  for x in from { push(xs, x); }
}
