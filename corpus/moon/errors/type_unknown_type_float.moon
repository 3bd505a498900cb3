let f = fn(x: Float) -> Int { 1 };
