let o = #{ struct: 1, import: 2 };
o["struct"] + o["import"]
