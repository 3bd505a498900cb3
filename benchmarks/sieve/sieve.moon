// SIZE times the sieve of Eratosthenes over 5,000 flags; prints the number of primes.
fn sieve(flags: Array<Bool>, size: Int) -> Int {
  let count = 0;
  for i in 2..=size {
    if flags[i - 1] {
      count += 1;
      let k = i + i;
      while k <= size {
        flags[k - 1] = false;
        k += i;
      }
    }
  }
  count
}

fn count_primes() -> Int { sieve(array(5000, true), 5000) }

fn run(n: Int) -> Int {
  let result = 0;
  for i in 0..n {
    result = count_primes();
    if result != 669 { panic("wrong result"); }
  }
  result
}
run(unwrap(parse_int(args()[0])))
