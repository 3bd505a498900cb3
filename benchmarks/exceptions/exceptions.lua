-- SIZE protected calls four frames deep, every third raises an error.
local function check(n)
  if n % 3 == 0 then error("multiple of three") end
  return n % 7
end
local function third(n) return check(n) + 1 end
local function second(n) return third(n) + 1 end
local function first(n) return second(n) + 1 end
local function main(turns)
  local caught, total = 0, 0
  local i = 0
  while i < turns do
    local passed, value = pcall(first, i)
    if passed then total = total + value else caught = caught + 1 end
    i = i + 1
  end
  print(caught .. " " .. total)
end
main(tonumber(arg[1]))
