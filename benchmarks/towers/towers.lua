-- SIZE times the towers of Hanoi with 13 disks on piles that are linked lists; prints the moves of one time.
local Disk = {}
Disk.__index = Disk

function Disk.new(size)
  return setmetatable({ size = size, next = nil }, Disk)
end

local Towers = {}
Towers.__index = Towers

function Towers.new()
  return setmetatable({ piles = {}, moves = 0 }, Towers)
end

function Towers:push(disk, pile)
  local top = self.piles[pile]
  if top and disk.size >= top.size then error("cannot put a big disk on a smaller one") end
  disk.next = top
  self.piles[pile] = disk
end

function Towers:pop(pile)
  local top = self.piles[pile]
  if not top then error("no disk on the pile") end
  self.piles[pile] = top.next
  top.next = nil
  return top
end

function Towers:move_top(from, to)
  self:push(self:pop(from), to)
  self.moves = self.moves + 1
end

function Towers:build(pile, disks)
  for size = disks, 1, -1 do self:push(Disk.new(size), pile) end
end

function Towers:move(disks, from, to)
  if disks == 1 then
    self:move_top(from, to)
  else
    local other = 6 - from - to
    self:move(disks - 1, from, other)
    self:move_top(from, to)
    self:move(disks - 1, other, to)
  end
end

local result = 0
for _ = 1, tonumber(arg[1]) do
  local towers = Towers.new()
  towers:build(1, 13)
  towers:move(13, 1, 2)
  result = towers.moves
  if result ~= 8191 then error("wrong result") end
end
print(result)
