let a = [1];
let n = { let x = 5; for q in [1, 2, 3] { x += q; } x };
print(n);
let r = 1 + { for q in 0..10 { if q == 4 { a[0] = q; break; } } a[0] };
r
