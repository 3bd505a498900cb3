let o = #{ "a b": 1, x1: 2, "9z": 3, "": 4, "let": 5, "while": 6, "q\"": 7, "true": 8 };
print(o);
