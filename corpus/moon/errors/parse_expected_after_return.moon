fn f() -> Int { return 1 }
