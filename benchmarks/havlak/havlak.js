// Finds the loops of a generated control flow graph, again and again, by Havlak's algorithm; prints loops * 10000 + blocks.
const UNVISITED = Number.MAX_SAFE_INTEGER;
const MAX_PREDECESSORS = 32 * 1024;

class Block {
  constructor(name) {
    this.name = name;
    this.predecessors = [];
    this.successors = [];
  }
}

class Graph {
  constructor() {
    this.blocks = [];
  }

  block(name) {
    while (this.blocks.length <= name) this.blocks.push(new Block(this.blocks.length));
    return this.blocks[name];
  }

  connect(from, to) {
    const source = this.block(from);
    const target = this.block(to);
    source.successors.push(target);
    target.predecessors.push(source);
  }

  straight(start, count) {
    for (let i = 0; i < count; i++) this.connect(start + i, start + i + 1);
    return start + count;
  }

  diamond(start) {
    this.connect(start, start + 1);
    this.connect(start, start + 2);
    this.connect(start + 1, start + 3);
    this.connect(start + 2, start + 3);
    return start + 3;
  }

  // Two loops one after the other within a third one.
  baseLoop(from) {
    const header = this.straight(from, 1);
    const diamond1 = this.diamond(header);
    const middle = this.straight(diamond1, 1);
    const diamond2 = this.diamond(middle);
    const footer = this.straight(diamond2, 1);
    this.connect(diamond2, middle);
    this.connect(diamond1, header);
    this.connect(footer, from);
    return this.straight(footer, 1);
  }
}

class Loop {
  constructor(header, isReducible, isRoot) {
    this.header = header;
    this.isReducible = isReducible;
    this.isRoot = isRoot;
    this.nesting = 0;
    this.depth = 0;
    this.parent = null;
    this.blocks = [];
    this.children = [];
  }

  setParent(parent) {
    this.parent = parent;
    parent.children.push(this);
  }

  setNesting(depth) {
    this.depth = depth;
    for (const child of this.children) {
      child.setNesting(depth + 1);
      this.nesting = Math.max(this.nesting, child.nesting + 1);
    }
  }
}

// The loops that were found, as a tree below an artificial root.
class LoopForest {
  constructor() {
    this.root = new Loop(null, true, true);
    this.loops = [this.root];
  }

  add(header, isReducible) {
    const loop = new Loop(header, isReducible, false);
    this.loops.push(loop);
    return loop;
  }

  calculateNesting() {
    for (const loop of this.loops) {
      if (!loop.isRoot && loop.parent === null) loop.setParent(this.root);
    }
    this.root.setNesting(0);
  }
}

// A block in the order of the depth-first search, and a member of a set of blocks that were merged into one loop.
class Node {
  constructor() {
    this.parent = null;
    this.block = null;
    this.loop = null;
    this.number = 0;
  }

  start(block, number) {
    this.parent = this;
    this.block = block;
    this.number = number;
  }

  // The representative of the node's set; shortens the path to it.
  find() {
    const path = [];
    let node = this;
    while (node !== node.parent) {
      if (node.parent !== node.parent.parent) path.push(node);
      node = node.parent;
    }
    for (const member of path) member.parent = node;
    return node;
  }
}

function addOnce(list, value) {
  if (!list.includes(value)) list.push(value);
}

class Finder {
  constructor(graph, forest) {
    this.graph = graph;
    this.forest = forest;
    this.numbers = [];
    this.nodes = [];
    this.last = [];
    this.header = [];
    this.kind = [];
    this.backPredecessors = [];
    this.otherPredecessors = [];
  }

  // Numbers the blocks reachable from this one in preorder; returns the last number given.
  search(block, number) {
    this.nodes[number].start(block, number);
    this.numbers[block.name] = number;
    let last = number;
    for (const target of block.successors) {
      if (this.numbers[target.name] === UNVISITED) last = this.search(target, last + 1);
    }
    this.last[number] = last;
    return last;
  }

  isAncestor(w, v) {
    return w <= v && v <= this.last[w];
  }

  classifyEdges(size) {
    for (let w = 0; w < size; w++) {
      const block = this.nodes[w].block;
      if (block === null) {
        this.kind[w] = "dead";
      } else {
        for (const source of block.predecessors) {
          const v = this.numbers[source.name];
          if (v !== UNVISITED) {
            if (this.isAncestor(w, v)) this.backPredecessors[w].push(v);
            else addOnce(this.otherPredecessors[w], v);
          }
        }
      }
    }
  }

  collectBackPredecessors(w, pool) {
    for (const v of this.backPredecessors[w]) {
      if (v !== w) pool.push(this.nodes[v].find());
      else this.kind[w] = "self";
    }
  }

  followPredecessors(w, pool, x) {
    for (const v of this.otherPredecessors[x.number]) {
      const y = this.nodes[v].find();
      if (!this.isAncestor(w, y.number)) {
        this.kind[w] = "irreducible";
        addOnce(this.otherPredecessors[w], y.number);
      } else if (y.number !== w && !pool.includes(y)) {
        pool.push(y);
      }
    }
  }

  makeLoop(w, pool) {
    const node = this.nodes[w];
    const loop = this.forest.add(node.block, this.kind[w] !== "irreducible");
    node.loop = loop;
    for (const member of pool) {
      this.header[member.number] = w;
      member.parent = node;
      if (member.loop !== null) member.loop.setParent(loop);
      else loop.blocks.push(member.block);
    }
  }

  run() {
    const size = this.graph.blocks.length;
    for (let i = 0; i < size; i++) {
      this.otherPredecessors.push([]);
      this.backPredecessors.push([]);
      this.nodes.push(new Node());
      this.numbers.push(UNVISITED);
      this.last.push(0);
      this.header.push(0);
      this.kind.push("plain");
    }
    this.search(this.graph.blocks[0], 0);
    this.classifyEdges(size);
    for (let w = size - 1; w >= 0; w--) {
      if (this.nodes[w].block === null) continue;
      const pool = [];
      this.collectBackPredecessors(w, pool);
      if (pool.length > 0) this.kind[w] = "reducible";
      for (let done = 0; done < pool.length; done++) {
        const x = pool[done];
        if (this.otherPredecessors[x.number].length > MAX_PREDECESSORS) return;
        this.followPredecessors(w, pool, x);
      }
      if (pool.length > 0 || this.kind[w] === "self") this.makeLoop(w, pool);
    }
  }
}

function findLoops(graph, forest) {
  new Finder(graph, forest).run();
}

function run(size) {
  const graph = new Graph();
  const forest = new LoopForest();
  graph.baseLoop(0);
  graph.connect(0, 2);
  for (let i = 0; i < size; i++) findLoops(graph, forest);

  // Ten times ten loops around five base loops each.
  let n = 2;
  for (let i = 0; i < 10; i++) {
    graph.connect(2, n + 1);
    n += 1;
    for (let j = 0; j < 10; j++) {
      const top = n;
      n = graph.straight(n, 1);
      for (let k = 0; k < 5; k++) n = graph.baseLoop(n);
      const bottom = graph.straight(n, 1);
      graph.connect(n, top);
      n = bottom;
    }
    graph.connect(n, 1);
  }
  findLoops(graph, forest);
  for (let i = 0; i < 3 * size; i++) {
    const again = new LoopForest();
    findLoops(graph, again);
    if (again.loops.length !== forest.loops.length - 3 * size) return "wrong result";
  }
  forest.calculateNesting();
  return forest.loops.length * 10000 + graph.blocks.length;
}

console.log(run(Number(process.argv[2])));
