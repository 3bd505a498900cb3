let c = 2;
fn f() -> Int { c - 1 }
let c = "a";
f()
