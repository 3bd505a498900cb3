fn f<T>(a: T) -> T { a }
let g = f;
