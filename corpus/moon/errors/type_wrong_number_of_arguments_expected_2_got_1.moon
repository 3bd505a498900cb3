let f = fn(a: Int, b: Array<Object<Bool>>) -> Unit { };
f(1)
