local function main()
  local sum = 0.0
  local sign = 1.0
  local k = 1.0
  local i = 0
  while i < 5000000 do
    sum = sum + sign / k
    sign = -sign
    k = k + 2.0
    i = i + 1
  end
  return sum * 4.0
end
print(string.format("%d", math.floor(main() * 10000000.0)))
