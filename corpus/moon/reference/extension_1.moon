let primes: Array<Int> = [];
for n in 2..30 {
  let prime = true;
  for p in primes {
    if p * p > n { break; }
    if n % p == 0 { prime = false; break; }
  }
  if prime { push(primes, n); }
}
print(primes);
let i = 0;
while true {
  i += 1;
  if i % 2 == 0 { continue; }
  if i > 7 { break; }
  write(str(i) + " ");
}
print("");
