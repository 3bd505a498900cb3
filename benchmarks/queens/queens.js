// SIZE times ten solutions of the eight queens problem by backtracking; prints whether all were found.
class Board {
  constructor() {
    this.freeRows = new Array(8).fill(true);
    this.freeMaxs = new Array(16).fill(true);
    this.freeMins = new Array(16).fill(true);
    this.queenRows = new Array(8).fill(-1);
  }

  isFree(r, c) {
    return this.freeRows[r] && this.freeMaxs[c + r] && this.freeMins[c - r + 7];
  }

  setFree(r, c, free) {
    this.freeRows[r] = free;
    this.freeMaxs[c + r] = free;
    this.freeMins[c - r + 7] = free;
  }

  placeQueen(c) {
    for (let r = 0; r < 8; r++) {
      if (this.isFree(r, c)) {
        this.queenRows[r] = c;
        this.setFree(r, c, false);
        if (c === 7 || this.placeQueen(c + 1)) return true;
        this.setFree(r, c, true);
      }
    }
    return false;
  }
}

function solveTen() {
  let all = true;
  for (let i = 0; i < 10; i++) all = new Board().placeQueen(0) && all;
  return all;
}

function main(n) {
  let result = false;
  for (let i = 0; i < n; i++) {
    result = solveTen();
    if (!result) throw new Error("wrong result");
  }
  console.log(result);
}
main(Number(process.argv[2]));
