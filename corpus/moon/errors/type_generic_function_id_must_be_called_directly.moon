fn id<T>(x: T) -> T { x }
let f = id;
