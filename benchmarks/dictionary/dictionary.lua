-- SIZE look-ups and updates over 1,000 string keys.
local function names(n)
  local out = {}
  for i = 0, n - 1 do out[#out + 1] = "key" .. i end
  return out
end
local function main(n)
  local all = names(1000)
  local counts = {}
  local size = 0
  local i = 0
  while i < n do
    local k = all[(i * 7919) % 1000 + 1]
    if counts[k] then
      counts[k] = counts[k] + 1
    else
      counts[k] = 1
      size = size + 1
    end
    i = i + 1
  end
  local total = 0
  for _, k in ipairs(all) do total = total + counts[k] end
  print(size .. " " .. total)
end
main(math.floor(tonumber(arg[1])))
