fn f() -> Array<Int> { [] }
