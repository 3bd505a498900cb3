fn size() -> Int { 1 }
let gc = 10;
let r = { let size = fn() -> Int { 5 }; size() + gc };
r + size()
