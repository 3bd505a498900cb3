fn f() -> Int { true }
