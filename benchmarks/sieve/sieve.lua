-- SIZE times the sieve of Eratosthenes over 5,000 flags; prints the number of primes.
local function sieve(flags, size)
  local count = 0
  for i = 2, size do
    if flags[i] then
      count = count + 1
      for k = i + i, size, i do flags[k] = false end
    end
  end
  return count
end

local function count_primes()
  local flags = {}
  for i = 1, 5000 do flags[i] = true end
  return sieve(flags, 5000)
end

local result = 0
for _ = 1, tonumber(arg[1]) do
  result = count_primes()
  if result ~= 669 then error("wrong result") end
end
print(result)
