fn f<A, B>(a: A, b: B, g: fn(A, B) -> A) -> A { g(a, b) }
print(f(1, "x", fn(a: Int, b: String) -> Int { a + len(b) }));
f(1, "x", fn(a: Int, b: Int) -> Int { a })
