fn f<T, T>(x: T) -> T { x }
