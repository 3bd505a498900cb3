fn f() -> Int { panic("boom") }
f()
