let c = true;
let f = fn(x: Int) -> Int { x };
{ f }
(3)
