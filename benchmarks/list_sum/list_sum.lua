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
local xs = build(100000)
local all = 0
for round = 1, 20 do all = all + total(xs) end
print(string.format("%d", all))
