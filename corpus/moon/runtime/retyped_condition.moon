let c = true;
fn f() -> Int { if c { 1 } else { 2 } }
let c = 1;
f()
