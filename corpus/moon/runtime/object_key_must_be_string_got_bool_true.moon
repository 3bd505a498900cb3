let i = "k";
fn f() -> Int { #{k: 1}[i] }
let i = true;
f()
