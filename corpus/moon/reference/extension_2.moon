struct Node { value: Int, left: Node?, right: Node? }
fn add(t: Node?, v: Int) -> Node {
  if t == nil { return Node#{ value: v, left: nil, right: nil }; }
  let n = unwrap(t);
  if v < n.value { n.left = add(n.left, v); } else { n.right = add(n.right, v); }
  n
}
fn walk(t: Node?, visit: fn(Int) -> Unit) -> Unit {
  if is_nil(t) { return; }
  let n = unwrap(t);
  walk(n.left, visit); visit(n.value); walk(n.right, visit);
}
let root: Node? = nil;
for v in [5, 2, 8, 1, 9] { root = add(root, v); }
let seen: Array<Int> = [];
walk(root, fn(v: Int) -> Unit { push(seen, v); });
print(seen);
print(unwrap(unwrap(root).left));
