let b = true;
fn f() -> Int { if b { 1 } else { 2 } }
let b = [1];
f()
