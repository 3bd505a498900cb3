// SIZE times a tree of arrays seven levels deep with leaves of random length; prints its number of arrays.
class Random {
  constructor() {
    this.seed = 74755;
  }

  next() {
    this.seed = (this.seed * 1309 + 13849) % 65536;
    return this.seed;
  }
}

class Storage {
  constructor() {
    this.count = 0;
    this.random = new Random();
  }

  build(depth) {
    this.count += 1;
    const tree = [];
    if (depth === 1) {
      const length = this.random.next() % 10 + 1;
      for (let i = 0; i < length; i++) tree.push(null);
    } else {
      for (let i = 0; i < 4; i++) tree.push(this.build(depth - 1));
    }
    return tree;
  }
}

function main(n) {
  let result = 0;
  for (let i = 0; i < n; i++) {
    const storage = new Storage();
    storage.build(7);
    result = storage.count;
    if (result !== 5461) throw new Error("wrong result");
  }
  console.log(result);
}
main(Number(process.argv[2]));
