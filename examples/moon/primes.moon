// Prime numbers by trial division, and what is special about some of them.
fn is_prime(n: Int, found: Array<Int>) -> Bool {
  for p in found {
    if p * p > n { return true; }
    if n % p == 0 { return false; }
  }
  true
}

fn primes(limit: Int) -> Array<Int> {
  let found: Array<Int> = [];
  for n in 2..limit {
    if is_prime(n, found) { push(found, n); }
  }
  found
}

let all = primes(10000);
print("there are " + str(len(all)) + " primes below 10000");

let twins = 0;
for i in 1..len(all) {
  if all[i] - all[i - 1] == 2 { twins += 1; }
}
print("of which " + str(twins) + " pairs are twins");

let endings: Object<Int> = #{};
for p in all {
  let key = str(p % 10);
  endings[key] = unwrap_or(get(endings, key), 0) + 1;
}
print(endings);
