// SIZE times all permutations of six numbers by swapping; prints the calls of one time.
class Permuter {
  constructor(n) {
    this.values = [];
    for (let i = 0; i < n; i++) this.values.push(i);
    this.count = 0;
  }

  swap(i, j) {
    const t = this.values[i];
    this.values[i] = this.values[j];
    this.values[j] = t;
  }

  permute(n) {
    this.count += 1;
    if (n > 0) {
      const last = n - 1;
      this.permute(last);
      for (let i = last; i >= 0; i--) {
        this.swap(last, i);
        this.permute(last);
        this.swap(last, i);
      }
    }
  }
}

function main(n) {
  let result = 0;
  for (let i = 0; i < n; i++) {
    const permuter = new Permuter(6);
    permuter.permute(6);
    result = permuter.count;
    if (result !== 8660) throw new Error("wrong result");
  }
  console.log(result);
}
main(Number(process.argv[2]));
