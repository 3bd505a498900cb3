let s = len("abc");
let len = 10;
print(s + len);
let r = { let str = fn(x: Int) -> Int { x + 1 }; str(3) };
r
