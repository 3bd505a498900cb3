fn print(x: Int) -> Int { x * 2 }
let len = 4;
print(len)
