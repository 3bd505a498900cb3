let f = fn() -> Int { true };
