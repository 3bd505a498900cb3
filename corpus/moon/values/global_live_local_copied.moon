let x = 1;
let y = { let x = 2; let f = fn() -> Int { x + 1 }; x = 10; f() };
let g = fn() -> Int { x };
x = 7;
print(y); print(g());
