fn or<T>(a: T?, b: T) -> T { if a == nil { b } else { unwrap(a) } }
print(or(nil, 3));
print(or(4, 3));
