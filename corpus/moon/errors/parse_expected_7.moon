struct Cell<T> { v: T }
