fn f(x: Int) -> Unit { let g = fn(y: Int) -> Int { x + y + zz }; g(1); }
