// counts down through a closure that owns its own state
let log = [""];
fn times(n: Int) -> Unit {
  if n == 0 { return; } else {};
  let step = { let label = "tick"; fn(k: Int) -> String { label = label + "."; label } };
  step(n);
  log[0] = log[0] + step(n) + " ";
  times(n - 1)
}
fn gcd(a: Int, b: Int) -> Int { if b == 0 { a } else { gcd(b, a % b) } }
times(3);
let sizes = #{ small: gcd(12, 18), "very large": gcd(1071, 462) };
let total = sizes["small"] * 100 + sizes["very large"];
if total == 621 { log[0] + "ok" } else { "unexpected" }
