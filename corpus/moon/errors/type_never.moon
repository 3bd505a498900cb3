fn f() -> Never { 1 }
