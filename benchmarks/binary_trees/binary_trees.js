// Allocates many short-lived binary trees beside one long-lived tree and counts their nodes.
class Tree {
  constructor(left, right) {
    this.left = left;
    this.right = right;
  }

  count() {
    if (this.left === null) return 1;
    return 1 + this.left.count() + this.right.count();
  }
}

function bottomUp(depth) {
  if (depth === 0) return new Tree(null, null);
  return new Tree(bottomUp(depth - 1), bottomUp(depth - 1));
}

function run(size) {
  const minDepth = 4;
  let total = bottomUp(size + 1).count();
  const longLived = bottomUp(size);
  for (let depth = minDepth; depth <= size; depth += 2) {
    const turns = 1 << (size - depth + minDepth);
    for (let i = 0; i < turns; i++) total += bottomUp(depth).count();
  }
  return total + longLived.count();
}

console.log(run(Number(process.argv[2])));
