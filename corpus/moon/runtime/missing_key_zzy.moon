let o = #{ "k": 1 };
o["zz" + "y"] + 1
