fn f(x: Int?) -> Int { unwrap_or(x, 0) }
print(f(3) + f(nil));
f("s")
