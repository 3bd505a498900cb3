let x = fn(f: fn(Int) -> Int, g: (String) -> Bool) -> () -> Unit { fn() -> Unit {} };
x(1, 2)
