local function main()
  local s = 1
  local i = 0
  while i < 5000000 do
    s = (s * 31 + i) % 1000003
    if s % 2 == 0 then s = s + 1 end
    i = i + 1
  end
  return s
end
print(main())
