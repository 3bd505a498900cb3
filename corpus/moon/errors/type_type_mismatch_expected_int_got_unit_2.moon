fn f() -> Int { return; }
