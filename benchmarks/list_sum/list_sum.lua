-- SIZE times: builds a list of 10,000 integers and sums it 20 times.
local function total(xs)
  local s = 0
  for i = 1, #xs do s = s + xs[i] end
  return s
end
local function build(n)
  local xs = {}
  local i = 0
  while i < n do
    xs[#xs + 1] = i
    i = i + 1
  end
  return xs
end
local function main(turns)
  local all = 0
  for turn = 1, turns do
    local xs = build(10000)
    for round = 1, 20 do all = all + total(xs) end
  end
  return all
end
print(string.format("%d", main(tonumber(arg[1]))))
