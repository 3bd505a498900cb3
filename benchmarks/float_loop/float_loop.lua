-- SIZE terms of the Leibniz series for pi.
local function main(n)
  local sum = 0.0
  local sign = 1.0
  local k = 1.0
  local i = 0
  while i < n do
    sum = sum + sign / k
    sign = -sign
    k = k + 2.0
    i = i + 1
  end
  return sum * 4.0
end
print(string.format("%d", math.floor(main(math.floor(tonumber(arg[1]))) * 10000000.0)))
