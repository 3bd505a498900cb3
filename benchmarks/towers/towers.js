// SIZE times the towers of Hanoi with 13 disks on piles that are linked lists; prints the moves of one time.
class Disk {
  constructor(size) {
    this.size = size;
    this.next = null;
  }
}

class Towers {
  constructor() {
    this.piles = [null, null, null];
    this.moves = 0;
  }

  push(disk, pile) {
    const top = this.piles[pile];
    if (top !== null && disk.size >= top.size) throw new Error("cannot put a big disk on a smaller one");
    disk.next = top;
    this.piles[pile] = disk;
  }

  pop(pile) {
    const top = this.piles[pile];
    if (top === null) throw new Error("no disk on the pile");
    this.piles[pile] = top.next;
    top.next = null;
    return top;
  }

  moveTop(from, to) {
    this.push(this.pop(from), to);
    this.moves += 1;
  }

  build(pile, disks) {
    for (let size = disks; size > 0; size--) this.push(new Disk(size), pile);
  }

  move(disks, from, to) {
    if (disks === 1) {
      this.moveTop(from, to);
    } else {
      const other = 3 - from - to;
      this.move(disks - 1, from, other);
      this.moveTop(from, to);
      this.move(disks - 1, other, to);
    }
  }
}

function main(n) {
  let result = 0;
  for (let i = 0; i < n; i++) {
    const towers = new Towers();
    towers.build(0, 13);
    towers.move(13, 0, 1);
    result = towers.moves;
    if (result !== 8191) throw new Error("wrong result");
  }
  console.log(result);
}
main(Number(process.argv[2]));
