// Finds the loops of a generated control flow graph, again and again, by Havlak's algorithm; prints loops * 10000 + blocks.
let unvisited = 0x7fffffffffffffff;
let max_predecessors = 32 * 1024;

struct Block { name: Int, predecessors: Array<Block>, successors: Array<Block> }
struct Graph { blocks: Array<Block> }

struct Loop {
  header: Block?,
  is_reducible: Bool,
  is_root: Bool,
  nesting: Int,
  depth: Int,
  parent: Loop?,
  blocks: Array<Block>,
  children: Array<Loop>,
}

// The loops that were found, as a tree below an artificial root.
struct LoopForest { root: Loop, loops: Array<Loop> }

// A block in the order of the depth-first search, and a member of a set of blocks that were merged into one loop.
struct Node { parent: Node?, block: Block?, in_loop: Loop?, number: Int }

struct Finder {
  graph: Graph,
  forest: LoopForest,
  numbers: Array<Int>,
  nodes: Array<Node>,
  last: Array<Int>,
  header: Array<Int>,
  kind: Array<String>,
  back_predecessors: Array<Array<Int>>,
  other_predecessors: Array<Array<Int>>,
}

fn get_block(graph: Graph, name: Int) -> Block {
  while len(graph.blocks) <= name {
    push(graph.blocks, Block#{ name: len(graph.blocks), predecessors: [], successors: [] });
  }
  graph.blocks[name]
}

fn connect(graph: Graph, from: Int, to: Int) -> Unit {
  let source = get_block(graph, from);
  let target = get_block(graph, to);
  push(source.successors, target);
  push(target.predecessors, source);
}

fn straight(graph: Graph, start: Int, count: Int) -> Int {
  for i in 0..count { connect(graph, start + i, start + i + 1); }
  start + count
}

fn diamond(graph: Graph, start: Int) -> Int {
  connect(graph, start, start + 1);
  connect(graph, start, start + 2);
  connect(graph, start + 1, start + 3);
  connect(graph, start + 2, start + 3);
  start + 3
}

// Two loops one after the other within a third one.
fn base_loop(graph: Graph, from: Int) -> Int {
  let header = straight(graph, from, 1);
  let diamond1 = diamond(graph, header);
  let middle = straight(graph, diamond1, 1);
  let diamond2 = diamond(graph, middle);
  let footer = straight(graph, diamond2, 1);
  connect(graph, diamond2, middle);
  connect(graph, diamond1, header);
  connect(graph, footer, from);
  straight(graph, footer, 1)
}

fn new_loop(header: Block?, is_reducible: Bool, is_root: Bool) -> Loop {
  Loop#{
    header: header, is_reducible: is_reducible, is_root: is_root, nesting: 0, depth: 0, parent: nil, blocks: [], children: []
  }
}

fn set_parent(child: Loop, parent: Loop) -> Unit {
  child.parent = parent;
  push(parent.children, child);
}

fn new_forest() -> LoopForest {
  let root = new_loop(nil, true, true);
  LoopForest#{ root: root, loops: [root] }
}

fn add_loop(forest: LoopForest, header: Block?, is_reducible: Bool) -> Loop {
  let added = new_loop(header, is_reducible, false);
  push(forest.loops, added);
  added
}

fn set_nesting(parent: Loop, depth: Int) -> Unit {
  parent.depth = depth;
  for child in parent.children {
    set_nesting(child, depth + 1);
    parent.nesting = max(parent.nesting, child.nesting + 1);
  }
}

fn calculate_nesting(forest: LoopForest) -> Unit {
  for found in forest.loops {
    if !found.is_root && found.parent == nil { set_parent(found, forest.root); }
  }
  set_nesting(forest.root, 0);
}

// The representative of the node's set; shortens the path to it.
fn representative(start: Node) -> Node {
  let path: Array<Node> = [];
  let node = start;
  let parent = unwrap(node.parent);
  while node != parent {
    let top = unwrap(parent.parent);
    if parent != top { push(path, node); }
    node = parent;
    parent = top;
  }
  for member in path { member.parent = node; }
  node
}

fn add_once(list: Array<Int>, value: Int) -> Unit {
  if index_of(list, value) < 0 { push(list, value); }
}

fn new_finder(graph: Graph, forest: LoopForest) -> Finder {
  Finder#{
    graph: graph,
    forest: forest,
    numbers: [],
    nodes: [],
    last: [],
    header: [],
    kind: [],
    back_predecessors: [],
    other_predecessors: [],
  }
}

// Numbers the blocks reachable from this one in preorder; returns the last number given.
fn search(finder: Finder, block: Block, number: Int) -> Int {
  let node = finder.nodes[number];
  node.parent = node;
  node.block = block;
  node.number = number;
  finder.numbers[block.name] = number;
  let last = number;
  for target in block.successors {
    if finder.numbers[target.name] == unvisited { last = search(finder, target, last + 1); }
  }
  finder.last[number] = last;
  last
}

fn is_ancestor(finder: Finder, w: Int, v: Int) -> Bool { w <= v && v <= finder.last[w] }

fn classify_edges(finder: Finder, size: Int) -> Unit {
  for w in 0..size {
    let block = finder.nodes[w].block;
    if block == nil {
      finder.kind[w] = "dead";
    } else {
      for source in unwrap(block).predecessors {
        let v = finder.numbers[source.name];
        if v != unvisited {
          if is_ancestor(finder, w, v) {
            push(finder.back_predecessors[w], v);
          } else {
            add_once(finder.other_predecessors[w], v);
          }
        }
      }
    }
  }
}

fn collect_back_predecessors(finder: Finder, w: Int, pool: Array<Node>) -> Unit {
  for v in finder.back_predecessors[w] {
    if v != w { push(pool, representative(finder.nodes[v])); } else { finder.kind[w] = "self"; }
  }
}

fn follow_predecessors(finder: Finder, w: Int, pool: Array<Node>, x: Node) -> Unit {
  for v in finder.other_predecessors[x.number] {
    let y = representative(finder.nodes[v]);
    if !is_ancestor(finder, w, y.number) {
      finder.kind[w] = "irreducible";
      add_once(finder.other_predecessors[w], y.number);
    } else if y.number != w && index_of(pool, y) < 0 {
      push(pool, y);
    }
  }
}

fn make_loop(finder: Finder, w: Int, pool: Array<Node>) -> Unit {
  let node = finder.nodes[w];
  let made = add_loop(finder.forest, node.block, finder.kind[w] != "irreducible");
  node.in_loop = made;
  for member in pool {
    finder.header[member.number] = w;
    member.parent = node;
    if member.in_loop != nil {
      set_parent(unwrap(member.in_loop), made);
    } else {
      push(made.blocks, unwrap(member.block));
    }
  }
}

fn run_finder(finder: Finder) -> Unit {
  let size = len(finder.graph.blocks);
  for i in 0..size {
    push(finder.other_predecessors, []);
    push(finder.back_predecessors, []);
    push(finder.nodes, Node#{ parent: nil, block: nil, in_loop: nil, number: 0 });
    push(finder.numbers, unvisited);
    push(finder.last, 0);
    push(finder.header, 0);
    push(finder.kind, "plain");
  }
  search(finder, finder.graph.blocks[0], 0);
  classify_edges(finder, size);
  let w = size - 1;
  while w >= 0 {
    if finder.nodes[w].block != nil {
      let pool: Array<Node> = [];
      collect_back_predecessors(finder, w, pool);
      if len(pool) > 0 { finder.kind[w] = "reducible"; }
      let done = 0;
      while done < len(pool) {
        let x = pool[done];
        done += 1;
        if len(finder.other_predecessors[x.number]) > max_predecessors { return; }
        follow_predecessors(finder, w, pool, x);
      }
      if len(pool) > 0 || finder.kind[w] == "self" { make_loop(finder, w, pool); }
    }
    w -= 1;
  }
}

fn find_loops(graph: Graph, forest: LoopForest) -> Unit { run_finder(new_finder(graph, forest)); }

fn run(size: Int) -> String {
  let graph = Graph#{ blocks: [] };
  let forest = new_forest();
  base_loop(graph, 0);
  connect(graph, 0, 2);
  for i in 0..size { find_loops(graph, forest); }

  // Ten times ten loops around five base loops each.
  let n = 2;
  for i in 0..10 {
    connect(graph, 2, n + 1);
    n += 1;
    for j in 0..10 {
      let top = n;
      n = straight(graph, n, 1);
      for k in 0..5 { n = base_loop(graph, n); }
      let bottom = straight(graph, n, 1);
      connect(graph, n, top);
      n = bottom;
    }
    connect(graph, n, 1);
  }
  find_loops(graph, forest);
  for i in 0 .. 3 * size {
    let again = new_forest();
    find_loops(graph, again);
    if len(again.loops) != len(forest.loops) - 3 * size { return "wrong result"; }
  }
  calculate_nesting(forest);
  str(len(forest.loops) * 10000 + len(graph.blocks))
}

run(unwrap(parse_int(args()[0])))
