let f = fn<T>(x: T) -> T { x };
