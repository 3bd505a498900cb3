local state = { grid = { { 0, 0 }, { 0, 0 } }, log = { hits = 0 } }
for i = 0, tonumber(arg[1]) - 1 do
  state["grid"][i % 2 + 1][2] = state["grid"][i % 2 + 1][2] + 1
  state["log"]["hits"] = state["log"]["hits"] + 1
end
print(state["grid"][1][2] + state["grid"][2][2] + state["log"]["hits"])
