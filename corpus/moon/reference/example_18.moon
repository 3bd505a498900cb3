let early = area(3, 4);
fn area(w: Int, h: Int) -> Int { w * h }
fn perim(w: Int, h: Int) -> Int { 2 * (w + h) }
let table = #{ a: area, p: perim };
table["p"](early, 1) * 100 + table["a"](2, 2)
