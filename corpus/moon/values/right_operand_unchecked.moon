let b = true;
fn f() -> Bool { 1 == 1 && b }
let b = {};
f()
