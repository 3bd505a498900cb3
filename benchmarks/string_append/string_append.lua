-- SIZE times: 10,000 appends of one character to a string.
local function build(n)
  local s = ""
  local i = 0
  while i < n do
    s = s .. "x"
    i = i + 1
  end
  return s
end
local function main(turns)
  local length = 0
  for turn = 1, turns do length = length + #build(10000) end
  return length
end
print(main(tonumber(arg[1])))
