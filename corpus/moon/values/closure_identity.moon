let a = fn() -> Int { 1 };
let b = fn() -> Int { 1 };
let same = fn() -> fn() -> Int { fn() -> Int { 1 } };
print(a == b); print(a == a); print(same() == same());
let xs = [a, b];
print(index_of(xs, b));
same()
