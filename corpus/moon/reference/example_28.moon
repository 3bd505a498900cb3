fn unit() -> Int { 1 }
fn ten() -> Int { unit() * 10 }
let a = ten();
let unit = fn() -> Int { 7 };
a * 100 + ten()
