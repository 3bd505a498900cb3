let f = fn(a: Int) Int { 1 };
