local function build(n)
  local s = ""
  local i = 0
  while i < n do
    s = s .. "x"
    i = i + 1
  end
  return s
end
local length = 0
for round = 1, 100 do length = length + #build(10000) end
print(length)
