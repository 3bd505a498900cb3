let f = fn(a: Int, b: Array<Object<Bool>>) -> Unit { };
f && true
