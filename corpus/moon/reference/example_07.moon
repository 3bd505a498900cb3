let a = [1]; let b = a; let c = [1];
let f = fn() -> Int { 1 }; let g = f; let h = fn() -> Int { 1 };
fn p() -> Int { 2 }
let q = p;
let t = [a == b, a == c, f == g, f == h, p == q, "x" + "y" == "xy", {} == { 1; }];
if t[0] && !t[1] && t[2] && !t[3] && t[4] && t[5] && t[6] { "as described" } else { "other" }
