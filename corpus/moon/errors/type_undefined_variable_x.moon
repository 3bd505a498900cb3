fn f() -> Int { x }
let y = 1;
let x = 2;
f()
