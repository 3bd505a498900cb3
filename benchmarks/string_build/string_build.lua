-- SIZE times: builds a text of 10,000 pieces in an array and joins them.
local function build(n)
  local pieces = {}
  for i = 0, n - 1 do pieces[#pieces + 1] = "item " .. i end
  return table.concat(pieces, ", ")
end
local function main(turns)
  local length = 0
  for turn = 1, turns do length = length + #build(10000) end
  return length
end
print(main(tonumber(arg[1])))
