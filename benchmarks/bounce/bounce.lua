-- SIZE simulations of 100 balls bouncing in a box for 50 steps; prints the bounces of one.
local Random = {}
Random.__index = Random

function Random.new()
  return setmetatable({ seed = 74755 }, Random)
end

function Random:next()
  self.seed = (self.seed * 1309 + 13849) % 65536
  return self.seed
end

local Ball = {}
Ball.__index = Ball

function Ball.new(random)
  return setmetatable({
    x = random:next() % 500,
    y = random:next() % 500,
    x_velocity = random:next() % 300 - 150,
    y_velocity = random:next() % 300 - 150,
  }, Ball)
end

-- Moves the ball by one step; true if it met a wall.
function Ball:bounce()
  local bounced = false
  self.x = self.x + self.x_velocity
  self.y = self.y + self.y_velocity
  if self.x > 500 then
    self.x = 500
    self.x_velocity = -math.abs(self.x_velocity)
    bounced = true
  end
  if self.x < 0 then
    self.x = 0
    self.x_velocity = math.abs(self.x_velocity)
    bounced = true
  end
  if self.y > 500 then
    self.y = 500
    self.y_velocity = -math.abs(self.y_velocity)
    bounced = true
  end
  if self.y < 0 then
    self.y = 0
    self.y_velocity = math.abs(self.y_velocity)
    bounced = true
  end
  return bounced
end

local function simulate()
  local random = Random.new()
  local balls = {}
  for i = 1, 100 do balls[i] = Ball.new(random) end
  local bounces = 0
  for _ = 1, 50 do
    for _, ball in ipairs(balls) do
      if ball:bounce() then bounces = bounces + 1 end
    end
  end
  return bounces
end

local result = 0
for _ = 1, tonumber(arg[1]) do
  result = simulate()
  if result ~= 1331 then error("wrong result") end
end
print(result)
