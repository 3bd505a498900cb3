let f = fn() -> Int { "x" };
