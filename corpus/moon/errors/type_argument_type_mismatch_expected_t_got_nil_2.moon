fn pair<T>(a: T?, b: T) -> T { unwrap_or(a, b) }
print(pair(nil, 3)); print(pair(4, 5));
pair(nil, nil)
