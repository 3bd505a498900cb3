let n = 3;
let x = if n > 2 { n };
