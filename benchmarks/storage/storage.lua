-- SIZE times a tree of arrays seven levels deep with leaves of random length; prints its number of arrays.
local Random = {}
Random.__index = Random

function Random.new()
  return setmetatable({ seed = 74755 }, Random)
end

function Random:next()
  self.seed = (self.seed * 1309 + 13849) % 65536
  return self.seed
end

local Storage = {}
Storage.__index = Storage

function Storage.new()
  return setmetatable({ count = 0, random = Random.new() }, Storage)
end

function Storage:build(depth)
  self.count = self.count + 1
  local tree = {}
  if depth == 1 then
    for i = 1, self.random:next() % 10 + 1 do tree[i] = false end
  else
    for i = 1, 4 do tree[i] = self:build(depth - 1) end
  end
  return tree
end

local result = 0
for _ = 1, tonumber(arg[1]) do
  local storage = Storage.new()
  storage:build(7)
  result = storage.count
  if result ~= 5461 then error("wrong result") end
end
print(result)
