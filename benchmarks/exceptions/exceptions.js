function check(n) {
  if (n % 3 === 0) throw new Error("multiple of three");
  return n;
}
let caught = 0, passed = 0, i = 0;
while (i < 200000) {
  try {
    check(i);
    passed += 1;
  } catch (e) {
    caught += 1;
  }
  i += 1;
}
console.log(caught + " " + passed);
