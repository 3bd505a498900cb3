let o = #{ a: 1, "b c": 2, "": 3, a: 40, };
let f = fn(x: Int, y: Int,) -> Int { x - y };
f(o["a"] + o["b c"] + o[""], [1, 2, 3,][2],)
