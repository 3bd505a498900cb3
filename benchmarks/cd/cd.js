// Detects collisions between SIZE simulated aircraft over 200 radar frames and counts them; its maps are red-black trees.
const FRAMES = 200;
const MAX_X = 1000;
const MAX_Y = 1000;
const MAX_Z = 10;
const PROXIMITY_RADIUS = 1;
const VOXEL_SIZE = 2;

function compareNumbers(a, b) {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

class Vector2 {
  constructor(x, y) {
    this.x = x;
    this.y = y;
  }

  plus(other) {
    return new Vector2(this.x + other.x, this.y + other.y);
  }

  minus(other) {
    return new Vector2(this.x - other.x, this.y - other.y);
  }

  compare(other) {
    const order = compareNumbers(this.x, other.x);
    return order !== 0 ? order : compareNumbers(this.y, other.y);
  }
}

const HORIZONTAL = new Vector2(VOXEL_SIZE, 0);
const VERTICAL = new Vector2(0, VOXEL_SIZE);

class Vector3 {
  constructor(x, y, z) {
    this.x = x;
    this.y = y;
    this.z = z;
  }

  plus(other) {
    return new Vector3(this.x + other.x, this.y + other.y, this.z + other.z);
  }

  minus(other) {
    return new Vector3(this.x - other.x, this.y - other.y, this.z - other.z);
  }

  times(factor) {
    return new Vector3(this.x * factor, this.y * factor, this.z * factor);
  }

  dot(other) {
    return this.x * other.x + this.y * other.y + this.z * other.z;
  }

  squaredMagnitude() {
    return this.dot(this);
  }

  magnitude() {
    return Math.sqrt(this.squaredMagnitude());
  }
}

class CallSign {
  constructor(value) {
    this.value = value;
  }

  compare(other) {
    return compareNumbers(this.value, other.value);
  }
}

class Node {
  constructor(key, value, parent) {
    this.key = key;
    this.value = value;
    this.red = true;
    this.parent = parent;
    this.left = null;
    this.right = null;
  }

  minimum() {
    let node = this;
    while (node.left !== null) node = node.left;
    return node;
  }

  successor() {
    if (this.right !== null) return this.right.minimum();
    let node = this;
    let above = node.parent;
    while (above !== null && node === above.right) {
      node = above;
      above = above.parent;
    }
    return above;
  }
}

function isRed(node) {
  return node !== null && node.red;
}

// A red-black tree whose keys have a method `compare`.
class Tree {
  constructor() {
    this.root = null;
  }

  find(key) {
    let node = this.root;
    while (node !== null) {
      const order = key.compare(node.key);
      if (order === 0) return node;
      node = order < 0 ? node.left : node.right;
    }
    return null;
  }

  get(key) {
    const node = this.find(key);
    return node === null ? null : node.value;
  }

  // Hangs `fresh`, which may be null, where `old` hangs.
  replace(old, fresh) {
    const above = old.parent;
    if (above === null) this.root = fresh;
    else if (old === above.left) above.left = fresh;
    else above.right = fresh;
    if (fresh !== null) fresh.parent = above;
  }

  rotateLeft(x) {
    const y = x.right;
    x.right = y.left;
    if (y.left !== null) y.left.parent = x;
    this.replace(x, y);
    y.left = x;
    x.parent = y;
  }

  rotateRight(x) {
    const y = x.left;
    x.left = y.right;
    if (y.right !== null) y.right.parent = x;
    this.replace(x, y);
    y.right = x;
    x.parent = y;
  }

  // Stores the value and returns the one that it replaces, or null.
  put(key, value) {
    let above = null;
    let order = 0;
    let node = this.root;
    while (node !== null) {
      above = node;
      order = key.compare(node.key);
      if (order === 0) {
        const old = node.value;
        node.value = value;
        return old;
      }
      node = order < 0 ? node.left : node.right;
    }
    node = new Node(key, value, above);
    if (above === null) this.root = node;
    else if (order < 0) above.left = node;
    else above.right = node;
    this.balanceAfterPut(node);
    return null;
  }

  balanceAfterPut(start) {
    let node = start;
    while (isRed(node.parent)) {
      const above = node.parent;
      const top = above.parent;
      if (above === top.left) {
        const uncle = top.right;
        if (isRed(uncle)) {
          above.red = false;
          uncle.red = false;
          top.red = true;
          node = top;
        } else {
          if (node === above.right) {
            node = above;
            this.rotateLeft(node);
          }
          node.parent.red = false;
          top.red = true;
          this.rotateRight(top);
        }
      } else {
        const uncle = top.left;
        if (isRed(uncle)) {
          above.red = false;
          uncle.red = false;
          top.red = true;
          node = top;
        } else {
          if (node === above.left) {
            node = above;
            this.rotateRight(node);
          }
          node.parent.red = false;
          top.red = true;
          this.rotateLeft(top);
        }
      }
    }
    this.root.red = false;
  }

  remove(key) {
    let node = this.find(key);
    if (node === null) return;
    if (node.left !== null && node.right !== null) {
      // The next node has at most one child: it leaves its place and its contents move here.
      const next = node.successor();
      node.key = next.key;
      node.value = next.value;
      node = next;
    }
    const child = node.left !== null ? node.left : node.right;
    const above = node.parent;
    this.replace(node, child);
    if (!node.red) this.balanceAfterRemove(child, above);
  }

  balanceAfterRemove(start, parent) {
    let node = start;
    let above = parent;
    while (node !== this.root && !isRed(node)) {
      if (node === above.left) {
        let sibling = above.right;
        if (sibling.red) {
          sibling.red = false;
          above.red = true;
          this.rotateLeft(above);
          sibling = above.right;
        }
        if (!isRed(sibling.left) && !isRed(sibling.right)) {
          sibling.red = true;
          node = above;
          above = node.parent;
        } else {
          if (!isRed(sibling.right)) {
            sibling.left.red = false;
            sibling.red = true;
            this.rotateRight(sibling);
            sibling = above.right;
          }
          sibling.red = above.red;
          above.red = false;
          sibling.right.red = false;
          this.rotateLeft(above);
          node = this.root;
        }
      } else {
        let sibling = above.left;
        if (sibling.red) {
          sibling.red = false;
          above.red = true;
          this.rotateRight(above);
          sibling = above.left;
        }
        if (!isRed(sibling.left) && !isRed(sibling.right)) {
          sibling.red = true;
          node = above;
          above = node.parent;
        } else {
          if (!isRed(sibling.left)) {
            sibling.right.red = false;
            sibling.red = true;
            this.rotateLeft(sibling);
            sibling = above.left;
          }
          sibling.red = above.red;
          above.red = false;
          sibling.left.red = false;
          this.rotateRight(above);
          node = this.root;
        }
      }
    }
    if (node !== null) node.red = false;
  }

  each(visit) {
    if (this.root === null) return;
    for (let node = this.root.minimum(); node !== null; node = node.successor()) visit(node);
  }
}

// Does the stretch low..high touch 0..1?
function withinMotion(low, high) {
  return (low <= 1 && 1 <= high) || (low <= 0 && 0 <= high) || (0 <= low && high <= 1);
}

// The straight movement of one aircraft between two frames.
class Motion {
  constructor(sign, from, to) {
    this.sign = sign;
    this.from = from;
    this.to = to;
  }

  delta() {
    return this.to.minus(this.from);
  }

  // The point at which two motions come too close, or null.
  intersection(other) {
    const from1 = this.from;
    const from2 = other.from;
    const delta1 = this.delta();
    const delta2 = other.delta();
    const a = delta2.minus(delta1).squaredMagnitude();
    if (a !== 0) {
      const b = 2 * from1.minus(from2).dot(delta1.minus(delta2));
      const c = from2.minus(from1).squaredMagnitude() - PROXIMITY_RADIUS * PROXIMITY_RADIUS;
      const discriminant = b * b - 4 * a * c;
      if (discriminant < 0) return null;
      const first = (-b - Math.sqrt(discriminant)) / (2 * a);
      const last = (-b + Math.sqrt(discriminant)) / (2 * a);
      if (first <= last && withinMotion(first, last)) {
        const time = Math.max(0, first);
        const point1 = from1.plus(delta1.times(time));
        const point2 = from2.plus(delta2.times(time));
        const middle = point1.plus(point2).times(0.5);
        if (
          middle.x >= 0 && middle.x <= MAX_X && middle.y >= 0 && middle.y <= MAX_Y && middle.z >= 0 && middle.z <= MAX_Z
        ) {
          return middle;
        }
      }
      return null;
    }
    // Both fly in parallel at the same speed.
    if (from2.minus(from1).magnitude() <= PROXIMITY_RADIUS) return from1.plus(from2).times(0.5);
    return null;
  }

  inVoxel(voxel) {
    if (voxel.x > MAX_X || voxel.x < 0 || voxel.y > MAX_Y || voxel.y < 0) return false;
    const { from, to } = this;
    const r = PROXIMITY_RADIUS / 2;
    const dx = to.x - from.x;
    const dy = to.y - from.y;
    let lowX = 0;
    let highX = 0;
    let lowY = 0;
    let highY = 0;
    if (dx === 0) {
      if (voxel.x > from.x + r || from.x - r > voxel.x + VOXEL_SIZE) return false;
    } else {
      lowX = (voxel.x - r - from.x) / dx;
      highX = (voxel.x + VOXEL_SIZE + r - from.x) / dx;
      if (dx < 0) {
        const t = lowX;
        lowX = highX;
        highX = t;
      }
      if (!withinMotion(lowX, highX)) return false;
    }
    if (dy === 0) {
      if (voxel.y > from.y + r || from.y - r > voxel.y + VOXEL_SIZE) return false;
    } else {
      lowY = (voxel.y - r - from.y) / dy;
      highY = (voxel.y + VOXEL_SIZE + r - from.y) / dy;
      if (dy < 0) {
        const t = lowY;
        lowY = highY;
        highY = t;
      }
      if (!withinMotion(lowY, highY)) return false;
    }
    return (
      dx === 0 || dy === 0 ||
      (lowY <= highX && highX <= highY) ||
      (lowY <= lowX && lowX <= highY) ||
      (lowX <= lowY && highY <= highX)
    );
  }
}

function addToVoxel(voxels, voxel, motion) {
  let motions = voxels.get(voxel);
  if (motions === null) {
    motions = [];
    voxels.put(voxel, motions);
  }
  motions.push(motion);
}

// Adds the motion to every voxel that it touches and that is connected to this one.
function draw(voxels, visited, voxel, motion) {
  if (!motion.inVoxel(voxel)) return;
  if (visited.put(voxel, true)) return;
  addToVoxel(voxels, voxel, motion);
  const left = voxel.minus(HORIZONTAL);
  const right = voxel.plus(HORIZONTAL);
  draw(voxels, visited, left, motion);
  draw(voxels, visited, right, motion);
  draw(voxels, visited, voxel.minus(VERTICAL), motion);
  draw(voxels, visited, voxel.plus(VERTICAL), motion);
  draw(voxels, visited, left.minus(VERTICAL), motion);
  draw(voxels, visited, left.plus(VERTICAL), motion);
  draw(voxels, visited, right.minus(VERTICAL), motion);
  draw(voxels, visited, right.plus(VERTICAL), motion);
}

function snap(x) {
  const corner = VOXEL_SIZE * Math.floor(Math.abs(x) / VOXEL_SIZE);
  return x < 0 ? -corner - VOXEL_SIZE : corner;
}

// The groups of motions that share a voxel.
function candidates(motions) {
  const voxels = new Tree();
  for (const motion of motions) {
    draw(voxels, new Tree(), new Vector2(snap(motion.from.x), snap(motion.from.y)), motion);
  }
  const groups = [];
  voxels.each((node) => {
    if (node.value.length > 1) groups.push(node.value);
  });
  return groups;
}

class Detector {
  constructor() {
    this.positions = new Tree();
  }

  // Takes the positions of a frame and returns the collisions since the frame before.
  handle(frame) {
    const motions = [];
    const seen = new Tree();
    for (const { sign, position } of frame) {
      const old = this.positions.put(sign, position);
      seen.put(sign, true);
      motions.push(new Motion(sign, old ?? position, position));
    }
    const gone = [];
    this.positions.each((node) => {
      if (!seen.get(node.key)) gone.push(node.key);
    });
    for (const sign of gone) this.positions.remove(sign);
    const collisions = [];
    for (const group of candidates(motions)) {
      for (let i = 0; i < group.length; i++) {
        const one = group[i];
        for (let j = i + 1; j < group.length; j++) {
          const two = group[j];
          const point = one.intersection(two);
          if (point !== null) collisions.push({ one: one.sign, two: two.sign, point });
        }
      }
    }
    return collisions;
  }
}

// The aircraft fly in pairs that cross each other again and again.
function simulate(signs, time) {
  const frame = [];
  for (let i = 0; i < signs.length; i += 2) {
    frame.push({ sign: signs[i], position: new Vector3(time, Math.cos(time) * 2 + i * 3, 10) });
    frame.push({ sign: signs[i + 1], position: new Vector3(time, Math.sin(time) * 2 + i * 3, 10) });
  }
  return frame;
}

function run(size) {
  const signs = [];
  for (let i = 0; i < size; i++) signs.push(new CallSign(i));
  const detector = new Detector();
  let total = 0;
  for (let i = 0; i < FRAMES; i++) total += detector.handle(simulate(signs, i / 10)).length;
  return total;
}

console.log(run(Number(process.argv[2])));
