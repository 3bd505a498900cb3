function main() {
  let sum = 0.0, sign = 1.0, k = 1.0, i = 0;
  while (i < 5000000) {
    sum = sum + sign / k;
    sign = -sign;
    k = k + 2.0;
    i += 1;
  }
  return sum * 4.0;
}
console.log(Math.floor(main() * 10000000.0));
