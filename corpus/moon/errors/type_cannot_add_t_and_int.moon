fn f<T>(x: T) -> Int { x + 1 }
