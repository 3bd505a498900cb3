fn f() -> Object<Int> { return #{}; }
f()
