struct Square { side: Int }
let count = 0;
fn area(s: Square) -> Int { s.side * s.side }
fn bump() -> Unit { count += 1; }
print("loaded");
