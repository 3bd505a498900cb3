local function check(n)
  if n % 3 == 0 then error("multiple of three") end
  return n
end
local caught, passed = 0, 0
local i = 0
while i < 200000 do
  if pcall(check, i) then passed = passed + 1 else caught = caught + 1 end
  i = i + 1
end
print(caught .. " " .. passed)
