fn f() -> Int { 1 }
fn f() -> Int { 2 }
