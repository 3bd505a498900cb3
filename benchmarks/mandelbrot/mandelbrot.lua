-- The Mandelbrot set on SIZE times SIZE points, eight points to a byte; prints the exclusive or of all bytes.
-- LuaJIT has a library for the operator.
local xor = bit and bit.bxor or load("return function(a, b) return a ~ b end")()

-- 1 if the point is outside of the set, seen within 50 turns.
local function escape(cr, ci)
  local zr2, zi2, zi = 0.0, 0.0, 0.0
  local turn = 0
  while turn < 50 do
    local zr = zr2 - zi2 + cr
    zi = 2.0 * zr * zi + ci
    zr2 = zr * zr
    zi2 = zi * zi
    if zr2 + zi2 > 4.0 then return 1 end
    turn = turn + 1
  end
  return 0
end

local function mandelbrot(size)
  local sum, byte, bits = 0, 0, 0
  for y = 0, size - 1 do
    local ci = 2.0 * y / size - 1.0
    for x = 0, size - 1 do
      byte = byte * 2 + escape(2.0 * x / size - 1.5, ci)
      bits = bits + 1
      if x == size - 1 then
        while bits < 8 do
          byte = byte * 2
          bits = bits + 1
        end
      end
      if bits == 8 then
        sum = xor(sum, byte)
        byte = 0
        bits = 0
      end
    end
  end
  return sum
end

print(mandelbrot(math.floor(tonumber(arg[1]))))
