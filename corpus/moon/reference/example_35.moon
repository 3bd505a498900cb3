let f = fn(a: Int) -> Int { a };
f = fn(a: Int) -> Bool { a > 0 };
