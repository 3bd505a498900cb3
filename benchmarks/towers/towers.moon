// SIZE times the towers of Hanoi with 13 disks on piles that are linked lists; prints the moves of one time.
struct Disk { size: Int, next: Disk? }

struct Towers { piles: Array<Disk?>, moves: Int }

fn push_disk(t: Towers, disk: Disk, pile: Int) -> Unit {
  let top = t.piles[pile];
  if top != nil && disk.size >= unwrap(top).size { panic("cannot put a big disk on a smaller one"); }
  disk.next = top;
  t.piles[pile] = disk;
}

fn pop_disk(t: Towers, pile: Int) -> Disk {
  if t.piles[pile] == nil { panic("no disk on the pile"); }
  let top = unwrap(t.piles[pile]);
  t.piles[pile] = top.next;
  top.next = nil;
  top
}

fn move_top(t: Towers, from: Int, to: Int) -> Unit {
  push_disk(t, pop_disk(t, from), to);
  t.moves += 1;
}

fn build(t: Towers, pile: Int, disks: Int) -> Unit {
  let size = disks;
  while size > 0 {
    push_disk(t, Disk#{ size: size, next: nil }, pile);
    size -= 1;
  }
}

fn move_tower(t: Towers, disks: Int, from: Int, to: Int) -> Unit {
  if disks == 1 {
    move_top(t, from, to);
  } else {
    let other = 3 - from - to;
    move_tower(t, disks - 1, from, other);
    move_top(t, from, to);
    move_tower(t, disks - 1, other, to);
  }
}

fn run(n: Int) -> Int {
  let result = 0;
  for i in 0..n {
    let none: Disk? = nil;
    let t = Towers#{ piles: array(3, none), moves: 0 };
    build(t, 0, 13);
    move_tower(t, 13, 0, 1);
    result = t.moves;
    if result != 8191 { panic("wrong result"); }
  }
  result
}
run(unwrap(parse_int(args()[0])))
