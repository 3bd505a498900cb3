-- Allocates many short-lived binary trees beside one long-lived tree and counts their nodes.
local function bottom_up(depth)
  if depth == 0 then return {} end
  return { left = bottom_up(depth - 1), right = bottom_up(depth - 1) }
end

local function count(tree)
  if not tree.left then return 1 end
  return 1 + count(tree.left) + count(tree.right)
end

local function run(size)
  local min_depth = 4
  local total = count(bottom_up(size + 1))
  local long_lived = bottom_up(size)
  for depth = min_depth, size, 2 do
    for _ = 1, 2 ^ (size - depth + min_depth) do
      total = total + count(bottom_up(depth))
    end
  end
  return total + count(long_lived)
end

print(run(tonumber(arg[1])))
