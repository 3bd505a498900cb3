-- Integer arithmetic with a branch in a loop of SIZE turns.
local function main(n)
  local s = 1
  local i = 0
  while i < n do
    s = (s * 31 + i) % 1000003
    if s % 2 == 0 then s = s + 1 end
    i = i + 1
  end
  return s
end
print(main(math.floor(tonumber(arg[1]))))
