// Detects collisions between SIZE simulated aircraft over 200 radar frames and counts them; its maps are red-black trees.
let frames = 200;
let max_x = 1000.0;
let max_y = 1000.0;
let max_z = 10.0;
let proximity_radius = 1.0;
let voxel_size = 2.0;

struct Vector2 { x: Float, y: Float }
struct Vector3 { x: Float, y: Float, z: Float }
struct Aircraft { sign: Vector2, position: Vector3 }
// The straight movement of one aircraft between two frames.
struct Motion { sign: Vector2, from: Vector3, to: Vector3 }
struct Collision { one: Vector2, two: Vector2, point: Vector3 }
// A red-black tree from points of the plane (a call sign is one, too) to indices into arrays of its user.
struct Tree { root: Node? }
struct Node { key: Vector2, value: Int, red: Bool, parent: Node?, left: Node?, right: Node? }
struct Voxels { tree: Tree, groups: Array<Array<Motion>> }
struct Detector { signs: Tree, last: Array<Aircraft> }

fn plus2(a: Vector2, b: Vector2) -> Vector2 { Vector2#{ x: a.x + b.x, y: a.y + b.y } }
fn minus2(a: Vector2, b: Vector2) -> Vector2 { Vector2#{ x: a.x - b.x, y: a.y - b.y } }

fn compare_numbers(a: Float, b: Float) -> Int { if a == b { 0 } else if a < b { -1 } else { 1 } }

fn compare_keys(a: Vector2, b: Vector2) -> Int {
  let order = compare_numbers(a.x, b.x);
  if order != 0 { order } else { compare_numbers(a.y, b.y) }
}

let horizontal = Vector2#{ x: voxel_size, y: 0.0 };
let vertical = Vector2#{ x: 0.0, y: voxel_size };

fn plus(a: Vector3, b: Vector3) -> Vector3 { Vector3#{ x: a.x + b.x, y: a.y + b.y, z: a.z + b.z } }
fn minus(a: Vector3, b: Vector3) -> Vector3 { Vector3#{ x: a.x - b.x, y: a.y - b.y, z: a.z - b.z } }
fn times(a: Vector3, factor: Float) -> Vector3 { Vector3#{ x: a.x * factor, y: a.y * factor, z: a.z * factor } }
fn dot(a: Vector3, b: Vector3) -> Float { a.x * b.x + a.y * b.y + a.z * b.z }
fn squared_magnitude(a: Vector3) -> Float { dot(a, a) }
fn magnitude(a: Vector3) -> Float { sqrt(squared_magnitude(a)) }

fn new_tree() -> Tree { Tree#{ root: nil } }

fn is_red(node: Node?) -> Bool { node != nil && unwrap(node).red }

fn minimum(start: Node) -> Node {
  let node = start;
  while node.left != nil { node = unwrap(node.left); }
  node
}

fn successor(start: Node) -> Node? {
  if start.right != nil { return minimum(unwrap(start.right)); }
  let node = start;
  let above = node.parent;
  while above != nil && node == unwrap(above).right {
    node = unwrap(above);
    above = node.parent;
  }
  above
}

fn find_node(tree: Tree, key: Vector2) -> Node? {
  let next = tree.root;
  while next != nil {
    let node = unwrap(next);
    let order = compare_keys(key, node.key);
    if order == 0 { return node; }
    if order < 0 { next = node.left; } else { next = node.right; }
  }
  nil
}

fn get_value(tree: Tree, key: Vector2) -> Int? {
  let node = find_node(tree, key);
  if node == nil { return nil; }
  unwrap(node).value
}

// Hangs `new`, which may be nil, where `old` hangs.
fn replace_node(tree: Tree, old: Node, new: Node?) -> Unit {
  if old.parent == nil {
    tree.root = new;
  } else {
    let above = unwrap(old.parent);
    if old == above.left { above.left = new; } else { above.right = new; }
  }
  if new != nil { unwrap(new).parent = old.parent; }
}

fn rotate_left(tree: Tree, x: Node) -> Unit {
  let y = unwrap(x.right);
  x.right = y.left;
  if y.left != nil { unwrap(y.left).parent = x; }
  replace_node(tree, x, y);
  y.left = x;
  x.parent = y;
}

fn rotate_right(tree: Tree, x: Node) -> Unit {
  let y = unwrap(x.left);
  x.left = y.right;
  if y.right != nil { unwrap(y.right).parent = x; }
  replace_node(tree, x, y);
  y.right = x;
  x.parent = y;
}

// Stores the value and returns the one that it replaces, or nil.
fn put(tree: Tree, key: Vector2, value: Int) -> Int? {
  let above: Node? = nil;
  let order = 0;
  let next = tree.root;
  while next != nil {
    let node = unwrap(next);
    above = node;
    order = compare_keys(key, node.key);
    if order == 0 {
      let old = node.value;
      node.value = value;
      return old;
    }
    if order < 0 { next = node.left; } else { next = node.right; }
  }
  let node = Node#{ key: key, value: value, red: true, parent: above, left: nil, right: nil };
  if above == nil {
    tree.root = node;
  } else if order < 0 {
    unwrap(above).left = node;
  } else {
    unwrap(above).right = node;
  }
  balance_after_put(tree, node);
  nil
}

fn balance_after_put(tree: Tree, start: Node) -> Unit {
  let node = start;
  while is_red(node.parent) {
    let above = unwrap(node.parent);
    let top = unwrap(above.parent);
    if above == top.left {
      let uncle = top.right;
      if is_red(uncle) {
        above.red = false;
        unwrap(uncle).red = false;
        top.red = true;
        node = top;
      } else {
        if node == above.right {
          node = above;
          rotate_left(tree, node);
        }
        unwrap(node.parent).red = false;
        top.red = true;
        rotate_right(tree, top);
      }
    } else {
      let uncle = top.left;
      if is_red(uncle) {
        above.red = false;
        unwrap(uncle).red = false;
        top.red = true;
        node = top;
      } else {
        if node == above.left {
          node = above;
          rotate_right(tree, node);
        }
        unwrap(node.parent).red = false;
        top.red = true;
        rotate_left(tree, top);
      }
    }
  }
  unwrap(tree.root).red = false;
}

fn remove_key(tree: Tree, key: Vector2) -> Unit {
  let found = find_node(tree, key);
  if found == nil { return; }
  let node = unwrap(found);
  if node.left != nil && node.right != nil {
    // The next node has at most one child: it leaves its place and its contents move here.
    let next = unwrap(successor(node));
    node.key = next.key;
    node.value = next.value;
    node = next;
  }
  let child = if node.left != nil { node.left } else { node.right };
  let above = node.parent;
  replace_node(tree, node, child);
  if !node.red { balance_after_remove(tree, child, above); }
}

fn balance_after_remove(tree: Tree, start: Node?, parent: Node?) -> Unit {
  let node = start;
  while node != tree.root && !is_red(node) {
    let above = unwrap(parent);
    if node == above.left {
      let sibling = unwrap(above.right);
      if sibling.red {
        sibling.red = false;
        above.red = true;
        rotate_left(tree, above);
        sibling = unwrap(above.right);
      }
      if !is_red(sibling.left) && !is_red(sibling.right) {
        sibling.red = true;
        node = above;
        parent = above.parent;
      } else {
        if !is_red(sibling.right) {
          unwrap(sibling.left).red = false;
          sibling.red = true;
          rotate_right(tree, sibling);
          sibling = unwrap(above.right);
        }
        sibling.red = above.red;
        above.red = false;
        unwrap(sibling.right).red = false;
        rotate_left(tree, above);
        node = tree.root;
      }
    } else {
      let sibling = unwrap(above.left);
      if sibling.red {
        sibling.red = false;
        above.red = true;
        rotate_right(tree, above);
        sibling = unwrap(above.left);
      }
      if !is_red(sibling.left) && !is_red(sibling.right) {
        sibling.red = true;
        node = above;
        parent = above.parent;
      } else {
        if !is_red(sibling.left) {
          unwrap(sibling.right).red = false;
          sibling.red = true;
          rotate_left(tree, sibling);
          sibling = unwrap(above.left);
        }
        sibling.red = above.red;
        above.red = false;
        unwrap(sibling.left).red = false;
        rotate_right(tree, above);
        node = tree.root;
      }
    }
  }
  if node != nil { unwrap(node).red = false; }
}

fn each(tree: Tree, visit: fn(Node) -> Unit) -> Unit {
  if tree.root == nil { return; }
  let next: Node? = minimum(unwrap(tree.root));
  while next != nil {
    let node = unwrap(next);
    visit(node);
    next = successor(node);
  }
}

fn delta(motion: Motion) -> Vector3 { minus(motion.to, motion.from) }

// Does the stretch low..high touch 0..1?
fn within_motion(low: Float, high: Float) -> Bool {
  low <= 1.0 && 1.0 <= high || low <= 0.0 && 0.0 <= high || 0.0 <= low && high <= 1.0
}

// The point at which two motions come too close, or nil.
fn intersection(one: Motion, two: Motion) -> Vector3? {
  let from1 = one.from;
  let from2 = two.from;
  let delta1 = delta(one);
  let delta2 = delta(two);
  let a = squared_magnitude(minus(delta2, delta1));
  if a != 0.0 {
    let b = 2.0 * dot(minus(from1, from2), minus(delta1, delta2));
    let c = squared_magnitude(minus(from2, from1)) - proximity_radius * proximity_radius;
    let discriminant = b * b - 4.0 * a * c;
    if discriminant < 0.0 { return nil; }
    let first = (-b - sqrt(discriminant)) / (2.0 * a);
    let last = (-b + sqrt(discriminant)) / (2.0 * a);
    if first <= last && within_motion(first, last) {
      let time = max(0.0, first);
      let point1 = plus(from1, times(delta1, time));
      let point2 = plus(from2, times(delta2, time));
      let middle = times(plus(point1, point2), 0.5);
      if middle.x >= 0.0 && middle.x <= max_x && middle.y >= 0.0 && middle.y <= max_y
        && middle.z >= 0.0 && middle.z <= max_z { return middle; }
    }
    return nil;
  }
  // Both fly in parallel at the same speed.
  if magnitude(minus(from2, from1)) <= proximity_radius { return times(plus(from1, from2), 0.5); }
  nil
}

fn in_voxel(voxel: Vector2, motion: Motion) -> Bool {
  if voxel.x > max_x || voxel.x < 0.0 || voxel.y > max_y || voxel.y < 0.0 { return false; }
  let from = motion.from;
  let to = motion.to;
  let r = proximity_radius / 2.0;
  let dx = to.x - from.x;
  let dy = to.y - from.y;
  let low_x = 0.0;
  let high_x = 0.0;
  let low_y = 0.0;
  let high_y = 0.0;
  if dx == 0.0 {
    if voxel.x > from.x + r || from.x - r > voxel.x + voxel_size { return false; }
  } else {
    low_x = (voxel.x - r - from.x) / dx;
    high_x = (voxel.x + voxel_size + r - from.x) / dx;
    if dx < 0.0 {
      let t = low_x;
      low_x = high_x;
      high_x = t;
    }
    if !within_motion(low_x, high_x) { return false; }
  }
  if dy == 0.0 {
    if voxel.y > from.y + r || from.y - r > voxel.y + voxel_size { return false; }
  } else {
    low_y = (voxel.y - r - from.y) / dy;
    high_y = (voxel.y + voxel_size + r - from.y) / dy;
    if dy < 0.0 {
      let t = low_y;
      low_y = high_y;
      high_y = t;
    }
    if !within_motion(low_y, high_y) { return false; }
  }
  dx == 0.0 || dy == 0.0
    || low_y <= high_x && high_x <= high_y
    || low_y <= low_x && low_x <= high_y
    || low_x <= low_y && high_y <= high_x
}

fn add_to_voxel(voxels: Voxels, voxel: Vector2, motion: Motion) -> Unit {
  let group = get_value(voxels.tree, voxel);
  if group == nil {
    put(voxels.tree, voxel, len(voxels.groups));
    push(voxels.groups, [motion]);
  } else {
    push(voxels.groups[unwrap(group)], motion);
  }
}

// Adds the motion to every voxel that it touches and that is connected to this one.
fn draw(voxels: Voxels, visited: Tree, voxel: Vector2, motion: Motion) -> Unit {
  if !in_voxel(voxel, motion) { return; }
  if put(visited, voxel, 1) != nil { return; }
  add_to_voxel(voxels, voxel, motion);
  let left = minus2(voxel, horizontal);
  let right = plus2(voxel, horizontal);
  draw(voxels, visited, left, motion);
  draw(voxels, visited, right, motion);
  draw(voxels, visited, minus2(voxel, vertical), motion);
  draw(voxels, visited, plus2(voxel, vertical), motion);
  draw(voxels, visited, minus2(left, vertical), motion);
  draw(voxels, visited, plus2(left, vertical), motion);
  draw(voxels, visited, minus2(right, vertical), motion);
  draw(voxels, visited, plus2(right, vertical), motion);
}

fn snap(x: Float) -> Float {
  let corner = voxel_size * floor(abs(x) / voxel_size);
  if x < 0.0 { -corner - voxel_size } else { corner }
}

// The groups of motions that share a voxel.
fn candidates(motions: Array<Motion>) -> Array<Array<Motion>> {
  let voxels = Voxels#{ tree: new_tree(), groups: [] };
  for motion in motions {
    draw(voxels, new_tree(), Vector2#{ x: snap(motion.from.x), y: snap(motion.from.y) }, motion);
  }
  let shared: Array<Array<Motion>> = [];
  each(voxels.tree, fn(node: Node) -> Unit {
    let group = voxels.groups[node.value];
    if len(group) > 1 { push(shared, group); }
  });
  shared
}

// Takes the positions of a frame and returns the collisions since the frame before.
fn handle(detector: Detector, frame: Array<Aircraft>) -> Array<Collision> {
  let motions: Array<Motion> = [];
  let seen = new_tree();
  for i in 0..len(frame) {
    let aircraft = frame[i];
    let old = put(detector.signs, aircraft.sign, i);
    put(seen, aircraft.sign, i);
    let from = if old == nil { aircraft.position } else { detector.last[unwrap(old)].position };
    push(motions, Motion#{ sign: aircraft.sign, from: from, to: aircraft.position });
  }
  detector.last = frame;
  let gone: Array<Vector2> = [];
  each(detector.signs, fn(node: Node) -> Unit {
    if get_value(seen, node.key) == nil { push(gone, node.key); }
  });
  for sign in gone { remove_key(detector.signs, sign); }
  let collisions: Array<Collision> = [];
  for group in candidates(motions) {
    for i in 0..len(group) {
      let one = group[i];
      for j in i + 1 .. len(group) {
        let two = group[j];
        let point = intersection(one, two);
        if point != nil { push(collisions, Collision#{ one: one.sign, two: two.sign, point: unwrap(point) }); }
      }
    }
  }
  collisions
}

// The aircraft fly in pairs that cross each other again and again.
fn simulate(signs: Array<Vector2>, time: Float) -> Array<Aircraft> {
  let frame: Array<Aircraft> = [];
  let i = 0;
  while i < len(signs) {
    let lane = float(i) * 3.0;
    push(frame, Aircraft#{ sign: signs[i], position: Vector3#{ x: time, y: cos(time) * 2.0 + lane, z: 10.0 } });
    push(frame, Aircraft#{ sign: signs[i + 1], position: Vector3#{ x: time, y: sin(time) * 2.0 + lane, z: 10.0 } });
    i += 2;
  }
  frame
}

fn run(size: Int) -> Int {
  let signs: Array<Vector2> = [];
  for i in 0..size { push(signs, Vector2#{ x: float(i), y: 0.0 }); }
  let detector = Detector#{ signs: new_tree(), last: [] };
  let total = 0;
  for i in 0..frames { total += len(handle(detector, simulate(signs, float(i) / 10.0))); }
  total
}

run(unwrap(parse_int(args()[0])))
