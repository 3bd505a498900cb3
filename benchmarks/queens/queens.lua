-- SIZE times ten solutions of the eight queens problem by backtracking; prints whether all were found.
local function filled(n, value)
  local out = {}
  for i = 1, n do out[i] = value end
  return out
end

local Board = {}
Board.__index = Board

function Board.new()
  return setmetatable({
    free_rows = filled(8, true),
    free_maxs = filled(16, true),
    free_mins = filled(16, true),
    queen_rows = filled(8, -1),
  }, Board)
end

function Board:is_free(r, c)
  return self.free_rows[r] and self.free_maxs[c + r] and self.free_mins[c - r + 8]
end

function Board:set_free(r, c, free)
  self.free_rows[r] = free
  self.free_maxs[c + r] = free
  self.free_mins[c - r + 8] = free
end

function Board:place_queen(c)
  for r = 1, 8 do
    if self:is_free(r, c) then
      self.queen_rows[r] = c
      self:set_free(r, c, false)
      if c == 8 or self:place_queen(c + 1) then return true end
      self:set_free(r, c, true)
    end
  end
  return false
end

local function solve_ten()
  local all = true
  for _ = 1, 10 do all = Board.new():place_queen(1) and all end
  return all
end

local result = false
for _ = 1, tonumber(arg[1]) do
  result = solve_ten()
  if not result then error("wrong result") end
end
print(result)
