// SIZE times a tree of arrays seven levels deep with leaves of random length; prints its number of arrays.
struct Random { seed: Int }

fn next(random: Random) -> Int {
  random.seed = (random.seed * 1309 + 13849) % 65536;
  random.seed
}

struct Tree { children: Array<Tree?> }

struct Storage { count: Int, random: Random }

fn build(storage: Storage, depth: Int) -> Tree {
  storage.count += 1;
  let children: Array<Tree?> = [];
  if depth == 1 {
    let length = next(storage.random) % 10 + 1;
    for i in 0..length { push(children, nil); }
  } else {
    for i in 0..4 { push(children, build(storage, depth - 1)); }
  }
  Tree#{ children: children }
}

fn run(n: Int) -> Int {
  let result = 0;
  for i in 0..n {
    let storage = Storage#{ count: 0, random: Random#{ seed: 74755 } };
    build(storage, 7);
    result = storage.count;
    if result != 5461 { panic("wrong result"); }
  }
  result
}
run(unwrap(parse_int(args()[0])))
