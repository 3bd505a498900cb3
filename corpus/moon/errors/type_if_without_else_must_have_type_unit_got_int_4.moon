fn f() -> Int { if true { 1 } else if false { 2 } }
