fn f() -> Int { return "x"; }
