-- Flips pancakes for every permutation of 1..SIZE; prints 1000 times the checksum plus the largest number of flips.
local function run(n)
  local perm, flipped, count = {}, {}, {}
  for i = 1, n do perm[i] = i end
  local max_flips, checksum, even = 0, 0, true
  local r = n + 1
  while true do
    while r > 2 do
      r = r - 1
      count[r] = r
    end
    local first = perm[1]
    if first ~= 1 then
      for i = 2, n do flipped[i] = perm[i] end
      local flips = 0
      repeat
        local low, high = 2, first - 1
        while low < high do
          flipped[low], flipped[high] = flipped[high], flipped[low]
          low = low + 1
          high = high - 1
        end
        first, flipped[first] = flipped[first], first
        flips = flips + 1
      until first == 1
      if flips > max_flips then max_flips = flips end
      checksum = even and checksum + flips or checksum - flips
    end
    -- The next permutation: rotate ever longer prefixes until one has turns left.
    while true do
      if r > n then return checksum * 1000 + max_flips end
      local head = perm[1]
      for i = 1, r - 1 do perm[i] = perm[i + 1] end
      perm[r] = head
      count[r] = count[r] - 1
      if count[r] > 0 then break end
      r = r + 1
    end
    even = not even
  end
end

print(run(tonumber(arg[1])))
