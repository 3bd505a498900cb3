-- Detects collisions between SIZE simulated aircraft over 200 radar frames and counts them; its maps are red-black trees.
local FRAMES = 200
local MIN_X, MIN_Y, MIN_Z = 0.0, 0.0, 0.0
local MAX_X, MAX_Y, MAX_Z = 1000.0, 1000.0, 10.0
local PROXIMITY_RADIUS = 1.0
local VOXEL_SIZE = PROXIMITY_RADIUS * 2.0

local Vector2 = {}
Vector2.__index = Vector2

function Vector2.new(x, y)
  return setmetatable({ x = x, y = y }, Vector2)
end

function Vector2:plus(other)
  return Vector2.new(self.x + other.x, self.y + other.y)
end

function Vector2:minus(other)
  return Vector2.new(self.x - other.x, self.y - other.y)
end

local function compare_numbers(a, b)
  if a == b then return 0 end
  if a < b then return -1 end
  return 1
end

function Vector2:compare(other)
  local order = compare_numbers(self.x, other.x)
  if order ~= 0 then return order end
  return compare_numbers(self.y, other.y)
end

local HORIZONTAL = Vector2.new(VOXEL_SIZE, 0.0)
local VERTICAL = Vector2.new(0.0, VOXEL_SIZE)

local Vector3 = {}
Vector3.__index = Vector3

function Vector3.new(x, y, z)
  return setmetatable({ x = x, y = y, z = z }, Vector3)
end

function Vector3:plus(other)
  return Vector3.new(self.x + other.x, self.y + other.y, self.z + other.z)
end

function Vector3:minus(other)
  return Vector3.new(self.x - other.x, self.y - other.y, self.z - other.z)
end

function Vector3:times(factor)
  return Vector3.new(self.x * factor, self.y * factor, self.z * factor)
end

function Vector3:dot(other)
  return self.x * other.x + self.y * other.y + self.z * other.z
end

function Vector3:squared_magnitude()
  return self:dot(self)
end

function Vector3:magnitude()
  return math.sqrt(self:squared_magnitude())
end

local CallSign = {}
CallSign.__index = CallSign

function CallSign.new(value)
  return setmetatable({ value = value }, CallSign)
end

function CallSign:compare(other)
  return compare_numbers(self.value, other.value)
end

-- A red-black tree whose keys have a method `compare`.
local Tree = {}
Tree.__index = Tree

function Tree.new()
  return setmetatable({ root = nil }, Tree)
end

local function minimum(node)
  while node.left do node = node.left end
  return node
end

local function successor(node)
  if node.right then return minimum(node.right) end
  local above = node.parent
  while above and node == above.right do
    node = above
    above = above.parent
  end
  return above
end

function Tree:find(key)
  local node = self.root
  while node do
    local order = key:compare(node.key)
    if order == 0 then return node end
    if order < 0 then node = node.left else node = node.right end
  end
  return nil
end

function Tree:get(key)
  local node = self:find(key)
  return node and node.value
end

function Tree:rotate_left(x)
  local y = x.right
  x.right = y.left
  if y.left then y.left.parent = x end
  self:replace(x, y)
  y.left = x
  x.parent = y
end

function Tree:rotate_right(x)
  local y = x.left
  x.left = y.right
  if y.right then y.right.parent = x end
  self:replace(x, y)
  y.right = x
  x.parent = y
end

-- Hangs `new`, which may be nil, where `old` hangs.
function Tree:replace(old, new)
  local above = old.parent
  if not above then
    self.root = new
  elseif old == above.left then
    above.left = new
  else
    above.right = new
  end
  if new then new.parent = above end
end

-- Stores the value and returns the one that it replaces, or nil.
function Tree:put(key, value)
  local above, order = nil, 0
  local node = self.root
  while node do
    above = node
    order = key:compare(node.key)
    if order == 0 then
      local old = node.value
      node.value = value
      return old
    end
    if order < 0 then node = node.left else node = node.right end
  end
  node = { key = key, value = value, red = true, parent = above }
  if not above then
    self.root = node
  elseif order < 0 then
    above.left = node
  else
    above.right = node
  end
  self:balance_after_put(node)
  return nil
end

function Tree:balance_after_put(node)
  while node ~= self.root and node.parent.red do
    local above = node.parent
    local top = above.parent
    if above == top.left then
      local uncle = top.right
      if uncle and uncle.red then
        above.red = false
        uncle.red = false
        top.red = true
        node = top
      else
        if node == above.right then
          node = above
          self:rotate_left(node)
        end
        node.parent.red = false
        top.red = true
        self:rotate_right(top)
      end
    else
      local uncle = top.left
      if uncle and uncle.red then
        above.red = false
        uncle.red = false
        top.red = true
        node = top
      else
        if node == above.left then
          node = above
          self:rotate_right(node)
        end
        node.parent.red = false
        top.red = true
        self:rotate_left(top)
      end
    end
  end
  self.root.red = false
end

function Tree:remove(key)
  local node = self:find(key)
  if not node then return end
  if node.left and node.right then
    -- The next node has at most one child: it leaves its place and its contents move here.
    local next_node = successor(node)
    node.key = next_node.key
    node.value = next_node.value
    node = next_node
  end
  local child = node.left or node.right
  local above = node.parent
  self:replace(node, child)
  if not node.red then self:balance_after_remove(child, above) end
end

function Tree:balance_after_remove(node, above)
  while node ~= self.root and not (node and node.red) do
    if node == above.left then
      local sibling = above.right
      if sibling.red then
        sibling.red = false
        above.red = true
        self:rotate_left(above)
        sibling = above.right
      end
      if not (sibling.left and sibling.left.red) and not (sibling.right and sibling.right.red) then
        sibling.red = true
        node = above
        above = node.parent
      else
        if not (sibling.right and sibling.right.red) then
          sibling.left.red = false
          sibling.red = true
          self:rotate_right(sibling)
          sibling = above.right
        end
        sibling.red = above.red
        above.red = false
        sibling.right.red = false
        self:rotate_left(above)
        node = self.root
      end
    else
      local sibling = above.left
      if sibling.red then
        sibling.red = false
        above.red = true
        self:rotate_right(above)
        sibling = above.left
      end
      if not (sibling.left and sibling.left.red) and not (sibling.right and sibling.right.red) then
        sibling.red = true
        node = above
        above = node.parent
      else
        if not (sibling.left and sibling.left.red) then
          sibling.right.red = false
          sibling.red = true
          self:rotate_left(sibling)
          sibling = above.left
        end
        sibling.red = above.red
        above.red = false
        sibling.left.red = false
        self:rotate_right(above)
        node = self.root
      end
    end
  end
  if node then node.red = false end
end

function Tree:each(visit)
  if not self.root then return end
  local node = minimum(self.root)
  while node do
    visit(node)
    node = successor(node)
  end
end

-- The straight movement of one aircraft between two frames.
local Motion = {}
Motion.__index = Motion

function Motion.new(sign, from, to)
  return setmetatable({ sign = sign, from = from, to = to }, Motion)
end

function Motion:delta()
  return self.to:minus(self.from)
end

-- Does the stretch low..high touch 0..1?
local function within_motion(low, high)
  return low <= 1.0 and 1.0 <= high or low <= 0.0 and 0.0 <= high or 0.0 <= low and high <= 1.0
end

-- The point at which two motions come too close, or nil.
function Motion:intersection(other)
  local from1, from2 = self.from, other.from
  local delta1, delta2 = self:delta(), other:delta()
  local a = delta2:minus(delta1):squared_magnitude()
  if a ~= 0.0 then
    local b = 2.0 * from1:minus(from2):dot(delta1:minus(delta2))
    local c = from2:minus(from1):squared_magnitude() - PROXIMITY_RADIUS * PROXIMITY_RADIUS
    local discriminant = b * b - 4.0 * a * c
    if discriminant < 0.0 then return nil end
    local first = (-b - math.sqrt(discriminant)) / (2.0 * a)
    local last = (-b + math.sqrt(discriminant)) / (2.0 * a)
    if first <= last and within_motion(first, last) then
      local time = math.max(0.0, first)
      local point1 = from1:plus(delta1:times(time))
      local point2 = from2:plus(delta2:times(time))
      local middle = point1:plus(point2):times(0.5)
      if middle.x >= MIN_X and middle.x <= MAX_X and middle.y >= MIN_Y and middle.y <= MAX_Y
        and middle.z >= MIN_Z and middle.z <= MAX_Z then
        return middle
      end
    end
    return nil
  end
  -- Both fly in parallel at the same speed.
  if from2:minus(from1):magnitude() <= PROXIMITY_RADIUS then
    return from1:plus(from2):times(0.5)
  end
  return nil
end

local function in_voxel(voxel, motion)
  if voxel.x > MAX_X or voxel.x < MIN_X or voxel.y > MAX_Y or voxel.y < MIN_Y then return false end
  local from, to = motion.from, motion.to
  local r = PROXIMITY_RADIUS / 2.0
  local dx, dy = to.x - from.x, to.y - from.y
  local low_x, high_x, low_y, high_y = 0.0, 0.0, 0.0, 0.0
  if dx == 0.0 then
    if voxel.x > from.x + r or from.x - r > voxel.x + VOXEL_SIZE then return false end
  else
    low_x = (voxel.x - r - from.x) / dx
    high_x = (voxel.x + VOXEL_SIZE + r - from.x) / dx
    if dx < 0.0 then low_x, high_x = high_x, low_x end
    if not within_motion(low_x, high_x) then return false end
  end
  if dy == 0.0 then
    if voxel.y > from.y + r or from.y - r > voxel.y + VOXEL_SIZE then return false end
  else
    low_y = (voxel.y - r - from.y) / dy
    high_y = (voxel.y + VOXEL_SIZE + r - from.y) / dy
    if dy < 0.0 then low_y, high_y = high_y, low_y end
    if not within_motion(low_y, high_y) then return false end
  end
  return dx == 0.0 or dy == 0.0
    or low_y <= high_x and high_x <= high_y
    or low_y <= low_x and low_x <= high_y
    or low_x <= low_y and high_y <= high_x
end

local function add_to_voxel(voxels, voxel, motion)
  local motions = voxels:get(voxel)
  if not motions then
    motions = {}
    voxels:put(voxel, motions)
  end
  motions[#motions + 1] = motion
end

-- Adds the motion to every voxel that it touches and that is connected to this one.
local function draw(voxels, visited, voxel, motion)
  if not in_voxel(voxel, motion) then return end
  if visited:put(voxel, true) then return end
  add_to_voxel(voxels, voxel, motion)
  local left, right = voxel:minus(HORIZONTAL), voxel:plus(HORIZONTAL)
  draw(voxels, visited, left, motion)
  draw(voxels, visited, right, motion)
  draw(voxels, visited, voxel:minus(VERTICAL), motion)
  draw(voxels, visited, voxel:plus(VERTICAL), motion)
  draw(voxels, visited, left:minus(VERTICAL), motion)
  draw(voxels, visited, left:plus(VERTICAL), motion)
  draw(voxels, visited, right:minus(VERTICAL), motion)
  draw(voxels, visited, right:plus(VERTICAL), motion)
end

local function snap(x)
  local corner = VOXEL_SIZE * math.floor(math.abs(x) / VOXEL_SIZE)
  if x < 0.0 then return -corner - VOXEL_SIZE end
  return corner
end

-- The groups of motions that share a voxel.
local function candidates(motions)
  local voxels = Tree.new()
  for _, motion in ipairs(motions) do
    draw(voxels, Tree.new(), Vector2.new(snap(motion.from.x), snap(motion.from.y)), motion)
  end
  local groups = {}
  voxels:each(function(node)
    if #node.value > 1 then groups[#groups + 1] = node.value end
  end)
  return groups
end

local Detector = {}
Detector.__index = Detector

function Detector.new()
  return setmetatable({ positions = Tree.new() }, Detector)
end

-- Takes the positions of a frame and returns the collisions since the frame before.
function Detector:handle(frame)
  local motions = {}
  local seen = Tree.new()
  for _, aircraft in ipairs(frame) do
    local old = self.positions:put(aircraft.sign, aircraft.position)
    seen:put(aircraft.sign, true)
    motions[#motions + 1] = Motion.new(aircraft.sign, old or aircraft.position, aircraft.position)
  end
  local gone = {}
  self.positions:each(function(node)
    if not seen:get(node.key) then gone[#gone + 1] = node.key end
  end)
  for _, sign in ipairs(gone) do self.positions:remove(sign) end
  local collisions = {}
  for _, group in ipairs(candidates(motions)) do
    for i = 1, #group do
      local one = group[i]
      for j = i + 1, #group do
        local two = group[j]
        local point = one:intersection(two)
        if point then collisions[#collisions + 1] = { one = one.sign, two = two.sign, point = point } end
      end
    end
  end
  return collisions
end

-- The aircraft fly in pairs that cross each other again and again.
local function simulate(signs, time)
  local frame = {}
  for i = 0, #signs - 1, 2 do
    frame[#frame + 1] = { sign = signs[i + 1], position = Vector3.new(time, math.cos(time) * 2.0 + i * 3.0, 10.0) }
    frame[#frame + 1] = { sign = signs[i + 2], position = Vector3.new(time, math.sin(time) * 2.0 + i * 3.0, 10.0) }
  end
  return frame
end

local function run(size)
  local signs = {}
  for i = 1, size do signs[i] = CallSign.new(i) end
  local detector = Detector.new()
  local total = 0
  for i = 0, FRAMES - 1 do
    total = total + #detector:handle(simulate(signs, i / 10.0))
  end
  return total
end

print(run(tonumber(arg[1])))
