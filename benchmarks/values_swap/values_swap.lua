local function flip(a)
  local i, j = 1, #a
  while i < j do
    local t = a[i]
    a[i] = a[j]
    a[j] = t
    i = i + 1
    j = j - 1
  end
end
local xs = {}
for i = 0, tonumber(arg[1]) - 1 do xs[#xs + 1] = i end
flip(xs)
print(xs[1])
