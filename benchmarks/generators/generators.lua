-- SIZE values through a pipeline of two generators (coroutines).
local yield = coroutine.yield
local function numbers(n)
  return coroutine.wrap(function()
    local i = 0
    while i < n do
      yield(i)
      i = i + 1
    end
  end)
end
local function squares(n)
  return coroutine.wrap(function()
    for i in numbers(n) do
      if i % 3 ~= 0 then yield(i * i) end
    end
  end)
end
local function main(n)
  local total = 0
  for s in squares(n) do total = (total + s) % 1000003 end
  return total
end
print(main(math.floor(tonumber(arg[1]))))
