fn f() -> Int { return "a"; }
