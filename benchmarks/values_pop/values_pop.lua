local n = tonumber(arg[1])
local todo = { n }
local seen, sum = 0, 0
while #todo > 0 do
  local x = table.remove(todo)
  seen = seen + 1
  sum = (sum * 31 + x) % 1000003
  if x > 1 then
    local half = math.floor(x / 2)
    todo[#todo + 1] = half
    todo[#todo + 1] = x - half
  end
end
print(seen + sum)
