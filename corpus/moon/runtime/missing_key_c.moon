let m = #{ a: #{ b: 1 } };
m["a"]["c"]
