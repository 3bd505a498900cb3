// SIZE runs of a Takeuchi-like recursion on linked lists; prints the length of the resulting list.
class Element {
  constructor(value, next) {
    this.value = value;
    this.next = next;
  }

  length() {
    return this.next === null ? 1 : 1 + this.next.length();
  }
}

function makeList(length) {
  return length === 0 ? null : new Element(length, makeList(length - 1));
}

function isShorter(x, y) {
  while (y !== null) {
    if (x === null) return true;
    x = x.next;
    y = y.next;
  }
  return false;
}

function tail(x, y, z) {
  if (isShorter(y, x)) {
    return tail(tail(x.next, y, z), tail(y.next, z, x), tail(z.next, x, y));
  }
  return z;
}

function main(n) {
  let result = 0;
  for (let i = 0; i < n; i++) {
    result = tail(makeList(15), makeList(10), makeList(6)).length();
    if (result !== 10) throw new Error("wrong result");
  }
  console.log(result);
}
main(Number(process.argv[2]));
