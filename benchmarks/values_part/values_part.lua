local n = tonumber(arg[1])
local function first(nodes, k)
  for _, x in ipairs(nodes[k + 1].items) do
    if x >= 0 then return x end
  end
  return 0
end
local nodes = {}
for i = 0, 7 do nodes[i + 1] = { sum = 0, items = { i } } end
local log = { lines = {}, count = 0 }
function log:add(line)
  self.lines[#self.lines + 1] = line
  self.count = self.count + 1
  return self
end
for i = 0, n - 1 do
  local k = i % 8
  local node = nodes[k + 1]
  node.items[#node.items + 1] = i
  node.sum = node.sum + i % 7
  nodes[k + 1] = node
  log = log:add(first(nodes, (k + 1) % 8))
end
print(log.lines[n] + #nodes[4].items + log.count)
