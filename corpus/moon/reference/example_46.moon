let n = 3;
let k = if n > 2 { fn(v: Int) -> Int { v * n } } else { fn(v: Int) -> Int { v } }
(14);
k
