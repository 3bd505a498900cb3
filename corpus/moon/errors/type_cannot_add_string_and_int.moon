let s = "a
b"; s + 1
