let f = fn(x: Int) -> Int { x };
f = fn(x: Int) -> Float { 1.0 };
