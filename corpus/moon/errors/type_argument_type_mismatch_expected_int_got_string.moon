fn two<T>(x: T, y: T) -> Array<T> { [x, y] }
two(1, "a")
