-- SIZE times: splits a generated text of 20,000 words, counts the words in a dictionary, sorts them.
local function vocabulary()
  local words = {}
  for _, a in ipairs { "ba", "ce", "di", "fo", "gu", "ka", "le", "mi" } do
    for _, b in ipairs { "na", "pe", "ri", "so", "tu" } do
      for _, c in ipairs { "vax", "wel", "xis", "yon", "zur" } do words[#words + 1] = a .. b .. c end
    end
  end
  return words
end
local function generate(n)
  local words = vocabulary()
  local pieces = {}
  local seed = 42
  for i = 1, n do
    seed = (seed * 1309 + 13849) % 65536
    pieces[i] = words[seed % #words + 1]
  end
  return table.concat(pieces, " ")
end
local function count_words(text)
  local counts = {}
  for word in text:gmatch("%S+") do
    if counts[word] then counts[word] = counts[word] + 1 else counts[word] = 1 end
  end
  local words = {}
  for word in pairs(counts) do words[#words + 1] = word end
  table.sort(words)
  local check = 0
  for place, word in ipairs(words) do
    check = (check * 31 + place * counts[word] + #word) % 1000003
  end
  return check
end
local function main(turns)
  local text = generate(20000)
  local expected = count_words(text)
  for turn = 1, turns do
    if count_words(text) ~= expected then return "wrong result" end
  end
  return expected
end
print(main(tonumber(arg[1])))
