let f = fn g() -> Int { 1 };
