-- SIZE closures made and called, one of them with state.
local function adder(n) return function(x) return x + n end end
local function counter()
  local n = 0
  return function()
    n = n + 1
    return n
  end
end
local function main(turns)
  local tick = counter()
  local total = 0
  local i = 0
  while i < turns do
    local add = adder(i)
    total = total + add(tick())
    i = i + 1
  end
  return total
end
print(string.format("%d", main(tonumber(arg[1]))))
