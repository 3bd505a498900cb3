// Allocates many short-lived binary trees beside one long-lived tree and counts their nodes.
struct Tree { left: Tree?, right: Tree? }

fn bottom_up(depth: Int) -> Tree {
  if depth == 0 { return Tree#{ left: nil, right: nil }; }
  Tree#{ left: bottom_up(depth - 1), right: bottom_up(depth - 1) }
}

fn count(tree: Tree) -> Int {
  if tree.left == nil { return 1; }
  1 + count(unwrap(tree.left)) + count(unwrap(tree.right))
}

fn run(size: Int) -> Int {
  let min_depth = 4;
  let total = count(bottom_up(size + 1));
  let long_lived = bottom_up(size);
  let depth = min_depth;
  while depth <= size {
    for i in 0..shl(1, size - depth + min_depth) { total += count(bottom_up(depth)); }
    depth += 2;
  }
  total + count(long_lived)
}

run(unwrap(parse_int(args()[0])))
