-- SIZE runs of a Takeuchi-like recursion on linked lists; prints the length of the resulting list.
local Element = {}
Element.__index = Element

function Element.new(value, next)
  return setmetatable({ value = value, next = next }, Element)
end

function Element:length()
  if not self.next then return 1 end
  return 1 + self.next:length()
end

local function make_list(length)
  if length == 0 then return nil end
  return Element.new(length, make_list(length - 1))
end

local function is_shorter(x, y)
  while y do
    if not x then return true end
    x = x.next
    y = y.next
  end
  return false
end

local function tail(x, y, z)
  if is_shorter(y, x) then
    return tail(tail(x.next, y, z), tail(y.next, z, x), tail(z.next, x, y))
  end
  return z
end

local result = 0
for _ = 1, tonumber(arg[1]) do
  result = tail(make_list(15), make_list(10), make_list(6)):length()
  if result ~= 10 then error("wrong result") end
end
print(result)
