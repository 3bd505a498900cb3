// SIZE protected calls four frames deep, every third raises an error.
function check(n) {
  if (n % 3 === 0) throw new Error("multiple of three");
  return n % 7;
}
function third(n) { return check(n) + 1; }
function second(n) { return third(n) + 1; }
function first(n) { return second(n) + 1; }
function main(turns) {
  let caught = 0, total = 0, i = 0;
  while (i < turns) {
    try {
      total += first(i);
    } catch (e) {
      caught += 1;
    }
    i += 1;
  }
  console.log(caught + " " + total);
}
main(Number(process.argv[2]));
