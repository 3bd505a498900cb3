-- SIZE turns over an array of two types of objects: two method calls each.
local Square = {}
Square.__index = Square
function Square.new(side) return setmetatable({ side = side }, Square) end
function Square:scaled(k) return self.side * k end
function Square:area(k) return self:scaled(k) * self.side end

local Rectangle = {}
Rectangle.__index = Rectangle
function Rectangle.new(width, height) return setmetatable({ width = width, height = height }, Rectangle) end
function Rectangle:scaled(k) return self.width * k end
function Rectangle:area(k) return self:scaled(k) * self.height end

local function main(turns)
  local shapes = {}
  for i = 0, 9 do
    shapes[i + 1] = i % 2 == 0 and Square.new(i) or Rectangle.new(i, i + 1)
  end
  local total = 0
  for turn = 0, turns - 1 do
    total = (total + shapes[turn % 10 + 1]:area(turn % 5)) % 1000003
  end
  return total
end
print(main(math.floor(tonumber(arg[1]))))
