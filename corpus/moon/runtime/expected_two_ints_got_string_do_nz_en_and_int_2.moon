let unit = 12;
fn next() -> Int { unit * 2 }
let unit = "do\nz\"en";
next()
