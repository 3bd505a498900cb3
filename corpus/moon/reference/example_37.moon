let unit = 12;
fn next() -> Int { unit + 1 }
let unit = "dozen";
next()
