// SIZE times the sieve of Eratosthenes over 5,000 flags; prints the number of primes.
function sieve(flags, size) {
  let count = 0;
  for (let i = 2; i <= size; i++) {
    if (flags[i - 1]) {
      count += 1;
      for (let k = i + i; k <= size; k += i) flags[k - 1] = false;
    }
  }
  return count;
}

function countPrimes() {
  return sieve(new Array(5000).fill(true), 5000);
}

function main(n) {
  let result = 0;
  for (let i = 0; i < n; i++) {
    result = countPrimes();
    if (result !== 669) throw new Error("wrong result");
  }
  console.log(result);
}
main(Number(process.argv[2]));
