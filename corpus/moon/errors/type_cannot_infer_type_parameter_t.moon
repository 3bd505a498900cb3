fn mk<T>() -> Array<T> { let a: Array<T> = []; a }
mk()
