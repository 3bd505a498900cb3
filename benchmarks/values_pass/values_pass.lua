local function at(xs, i) return xs[i] end
local n = tonumber(arg[1])
local xs = {}
for i = 0, n - 1 do xs[#xs + 1] = i end
local total = 0
for i = 1, n do
  xs[i] = at(xs, i) + 1
  total = total + at(xs, i)
end
print(total)
