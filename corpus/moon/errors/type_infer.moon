fn f<T>() -> Array<T> { let a: Array<T> = []; a }
f()
