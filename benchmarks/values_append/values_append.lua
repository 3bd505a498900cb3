local xs = {}
for i = 0, tonumber(arg[1]) - 1 do xs[#xs + 1] = i end
print(#xs)
