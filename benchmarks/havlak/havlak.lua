-- Finds the loops of a generated control flow graph, again and again, by Havlak's algorithm; prints loops * 10000 + blocks.
local UNVISITED = math.maxinteger
local MAX_PREDECESSORS = 32 * 1024

local Block = {}
Block.__index = Block

function Block.new(name)
  return setmetatable({ name = name, predecessors = {}, successors = {} }, Block)
end

local Graph = {}
Graph.__index = Graph

function Graph.new()
  return setmetatable({ blocks = {} }, Graph)
end

function Graph:block(name)
  local block = self.blocks[name]
  if not block then
    block = Block.new(name)
    self.blocks[name] = block
  end
  return block
end

function Graph:connect(from, to)
  local source, target = self:block(from), self:block(to)
  source.successors[#source.successors + 1] = target
  target.predecessors[#target.predecessors + 1] = source
end

function Graph:straight(start, count)
  for i = 0, count - 1 do self:connect(start + i, start + i + 1) end
  return start + count
end

function Graph:diamond(start)
  self:connect(start, start + 1)
  self:connect(start, start + 2)
  self:connect(start + 1, start + 3)
  self:connect(start + 2, start + 3)
  return start + 3
end

-- Two loops one after the other within a third one.
function Graph:base_loop(from)
  local header = self:straight(from, 1)
  local diamond1 = self:diamond(header)
  local middle = self:straight(diamond1, 1)
  local diamond2 = self:diamond(middle)
  local footer = self:straight(diamond2, 1)
  self:connect(diamond2, middle)
  self:connect(diamond1, header)
  self:connect(footer, from)
  return self:straight(footer, 1)
end

local Loop = {}
Loop.__index = Loop

function Loop.new(header, is_reducible)
  return setmetatable(
    { header = header, is_reducible = is_reducible, is_root = false, nesting = 0, depth = 0, blocks = {}, children = {} },
    Loop
  )
end

function Loop:set_parent(parent)
  self.parent = parent
  parent.children[#parent.children + 1] = self
end

-- The loops that were found, as a tree below an artificial root.
local LoopForest = {}
LoopForest.__index = LoopForest

function LoopForest.new()
  local root = Loop.new(nil, true)
  root.is_root = true
  return setmetatable({ root = root, loops = { root } }, LoopForest)
end

function LoopForest:add(header, is_reducible)
  local loop = Loop.new(header, is_reducible)
  self.loops[#self.loops + 1] = loop
  return loop
end

local function set_nesting(loop, depth)
  loop.depth = depth
  for _, child in ipairs(loop.children) do
    set_nesting(child, depth + 1)
    loop.nesting = math.max(loop.nesting, child.nesting + 1)
  end
end

function LoopForest:calculate_nesting()
  for _, loop in ipairs(self.loops) do
    if not loop.is_root and not loop.parent then loop:set_parent(self.root) end
  end
  set_nesting(self.root, 0)
end

-- A block in the order of the depth-first search, and a member of a set of blocks that were merged into one loop.
local Node = {}
Node.__index = Node

function Node.new()
  return setmetatable({ parent = nil, block = nil, loop = nil, number = 0 }, Node)
end

function Node:start(block, number)
  self.parent = self
  self.block = block
  self.number = number
end

-- The representative of the node's set; shortens the path to it.
function Node:find()
  local path = {}
  local node = self
  while node ~= node.parent do
    if node.parent ~= node.parent.parent then path[#path + 1] = node end
    node = node.parent
  end
  for _, member in ipairs(path) do member.parent = node end
  return node
end

local function contains(list, value)
  for _, v in ipairs(list) do
    if v == value then return true end
  end
  return false
end

local function add_once(list, value)
  if not contains(list, value) then list[#list + 1] = value end
end

local Finder = {}
Finder.__index = Finder

function Finder.new(graph, forest)
  return setmetatable({
    graph = graph,
    forest = forest,
    numbers = {},
    nodes = {},
    last = {},
    header = {},
    kind = {},
    back_predecessors = {},
    other_predecessors = {},
  }, Finder)
end

-- Numbers the blocks reachable from this one in preorder; returns the last number given.
function Finder:search(block, number)
  self.nodes[number]:start(block, number)
  self.numbers[block.name] = number
  local last = number
  for _, target in ipairs(block.successors) do
    if self.numbers[target.name] == UNVISITED then last = self:search(target, last + 1) end
  end
  self.last[number] = last
  return last
end

function Finder:is_ancestor(w, v)
  return w <= v and v <= self.last[w]
end

function Finder:classify_edges(size)
  for w = 1, size do
    self.header[w] = 1
    local block = self.nodes[w].block
    if not block then
      self.kind[w] = "dead"
    else
      self.kind[w] = "plain"
      for _, source in ipairs(block.predecessors) do
        local v = self.numbers[source.name]
        if v ~= UNVISITED then
          if self:is_ancestor(w, v) then
            local list = self.back_predecessors[w]
            list[#list + 1] = v
          else
            add_once(self.other_predecessors[w], v)
          end
        end
      end
    end
  end
end

function Finder:collect_back_predecessors(w, pool)
  for _, v in ipairs(self.back_predecessors[w]) do
    if v ~= w then
      pool[#pool + 1] = self.nodes[v]:find()
    else
      self.kind[w] = "self"
    end
  end
end

function Finder:follow_predecessors(w, pool, x)
  for _, v in ipairs(self.other_predecessors[x.number]) do
    local y = self.nodes[v]:find()
    if not self:is_ancestor(w, y.number) then
      self.kind[w] = "irreducible"
      add_once(self.other_predecessors[w], y.number)
    elseif y.number ~= w and not contains(pool, y) then
      pool[#pool + 1] = y
    end
  end
end

function Finder:make_loop(w, pool)
  local node = self.nodes[w]
  local loop = self.forest:add(node.block, self.kind[w] ~= "irreducible")
  node.loop = loop
  for _, member in ipairs(pool) do
    self.header[member.number] = w
    member.parent = node
    if member.loop then
      member.loop:set_parent(loop)
    else
      loop.blocks[#loop.blocks + 1] = member.block
    end
  end
end

function Finder:run()
  local size = #self.graph.blocks
  for i = 1, size do
    self.other_predecessors[i] = {}
    self.back_predecessors[i] = {}
    self.nodes[i] = Node.new()
    self.numbers[i] = UNVISITED
  end
  self:search(self.graph.blocks[1], 1)
  self:classify_edges(size)
  for w = size, 1, -1 do
    if self.nodes[w].block then
      local pool = {}
      self:collect_back_predecessors(w, pool)
      if #pool > 0 then self.kind[w] = "reducible" end
      local done = 0
      while done < #pool do
        done = done + 1
        local x = pool[done]
        if #self.other_predecessors[x.number] > MAX_PREDECESSORS then return end
        self:follow_predecessors(w, pool, x)
      end
      if #pool > 0 or self.kind[w] == "self" then self:make_loop(w, pool) end
    end
  end
end

local function find_loops(graph, forest)
  Finder.new(graph, forest):run()
end

local function run(size)
  local graph, forest = Graph.new(), LoopForest.new()
  graph:base_loop(1)
  graph:connect(1, 3)
  for _ = 1, size do find_loops(graph, forest) end

  -- Ten times ten loops around five base loops each.
  local n = 3
  for _ = 1, 10 do
    graph:connect(3, n + 1)
    n = n + 1
    for _ = 1, 10 do
      local top = n
      n = graph:straight(n, 1)
      for _ = 1, 5 do n = graph:base_loop(n) end
      local bottom = graph:straight(n, 1)
      graph:connect(n, top)
      n = bottom
    end
    graph:connect(n, 2)
  end
  find_loops(graph, forest)
  for _ = 1, 3 * size do
    local again = LoopForest.new()
    find_loops(graph, again)
    if #again.loops ~= #forest.loops - 3 * size then return "wrong result" end
  end
  forest:calculate_nesting()
  return #forest.loops * 10000 + #graph.blocks
end

print(run(tonumber(arg[1])))
