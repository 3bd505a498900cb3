-- SIZE steps of a ball in a box: reading and updating the fields of a record.
local function main(steps)
  local ball = { x = 10, y = 20, vx = 7, vy = -5, bounces = 0 }
  for step = 1, steps do
    ball.x = ball.x + ball.vx
    ball.y = ball.y + ball.vy
    if ball.x < 0 or ball.x > 1000 then
      ball.vx = -ball.vx
      ball.bounces = ball.bounces + 1
    end
    if ball.y < 0 or ball.y > 800 then
      ball.vy = -ball.vy
      ball.bounces = ball.bounces + 1
    end
  end
  return ball.x .. " " .. ball.y .. " " .. ball.bounces
end
print(main(tonumber(arg[1])))
