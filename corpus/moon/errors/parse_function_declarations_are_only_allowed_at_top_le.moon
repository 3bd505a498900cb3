{ fn f() -> Int { 1 } }
