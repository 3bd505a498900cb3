-- Approximates the spectral norm of an infinite matrix by the power method; prints it times 10^9.
local function element(i, j)
  local ij = i + j
  return 1.0 / (ij * (ij + 1) * 0.5 + i + 1)
end

local function multiply(n, v, out)
  for i = 1, n do
    local sum = 0.0
    for j = 1, n do sum = sum + element(i - 1, j - 1) * v[j] end
    out[i] = sum
  end
end

local function multiply_transposed(n, v, out)
  for i = 1, n do
    local sum = 0.0
    for j = 1, n do sum = sum + element(j - 1, i - 1) * v[j] end
    out[i] = sum
  end
end

local function run(n)
  local u, v, w = {}, {}, {}
  for i = 1, n do
    u[i], v[i], w[i] = 1.0, 0.0, 0.0
  end
  for _ = 1, 10 do
    multiply(n, u, w)
    multiply_transposed(n, w, v)
    multiply(n, v, w)
    multiply_transposed(n, w, u)
  end
  local uv, vv = 0.0, 0.0
  for i = 1, n do
    uv = uv + u[i] * v[i]
    vv = vv + v[i] * v[i]
  end
  return math.floor(math.sqrt(uv / vv) * 1e9 + 0.5)
end

print(run(tonumber(arg[1])))
