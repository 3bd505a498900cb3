let x: Int? = nil;
print(x == nil); x = 5; print(x == 5); print(5 == x); print(x == nil); print(nil == nil); print(x);
let y = if true { nil } else { 3 };
print(y);
let a = [1, nil, 3];
print(a); print(unwrap_or(a[1], 7));
x
