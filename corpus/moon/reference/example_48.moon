let a = missing;
fn f(s: Text) -> Int { 1 }
