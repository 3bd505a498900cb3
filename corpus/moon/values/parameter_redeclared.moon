fn f(a: Int) -> String { let a = "s" + "t"; a }
f(1)
