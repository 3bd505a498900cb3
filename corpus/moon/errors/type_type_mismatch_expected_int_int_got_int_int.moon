let f: fn(Int) -> Int? = fn(x: Int) -> Int { x };
