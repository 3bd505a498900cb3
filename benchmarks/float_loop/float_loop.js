// SIZE terms of the Leibniz series for pi.
function main(n) {
  let sum = 0.0, sign = 1.0, k = 1.0, i = 0;
  while (i < n) {
    sum = sum + sign / k;
    sign = -sign;
    k = k + 2.0;
    i += 1;
  }
  return sum * 4.0;
}
console.log(Math.floor(main(Number(process.argv[2])) * 10000000.0));
