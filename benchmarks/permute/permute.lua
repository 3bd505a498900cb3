-- SIZE times all permutations of six numbers by swapping; prints the calls of one time.
local Permuter = {}
Permuter.__index = Permuter

function Permuter.new(n)
  local values = {}
  for i = 1, n do values[i] = i - 1 end
  return setmetatable({ values = values, count = 0 }, Permuter)
end

function Permuter:swap(i, j)
  local values = self.values
  local t = values[i]
  values[i] = values[j]
  values[j] = t
end

function Permuter:permute(n)
  self.count = self.count + 1
  if n > 0 then
    self:permute(n - 1)
    for i = n, 1, -1 do
      self:swap(n, i)
      self:permute(n - 1)
      self:swap(n, i)
    end
  end
end

local result = 0
for _ = 1, tonumber(arg[1]) do
  local permuter = Permuter.new(6)
  permuter:permute(6)
  result = permuter.count
  if result ~= 8660 then error("wrong result") end
end
print(result)
