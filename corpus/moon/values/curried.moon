let f = fn(x: Int) -> fn(Int) -> Int { fn(y: Int) -> Int { x * y } };
f(3)(4)
