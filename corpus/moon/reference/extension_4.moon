let o = #{ b: [1.0, 2.5e-9], "a b": [0.1 + 0.2] };
o["z"] = [];
print(o);
print(["q\"", "tab\t"]);
print(#{ f: print_twice });
fn print_twice(n: Int) -> Unit { print(n); print(n); }
print({});
keys(o)[1] + "|" + str(len(o)) + "|" + str(unwrap_or(get(o, "no"), [7.0]))
