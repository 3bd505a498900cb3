fn f(a: Int, a: String) -> String { a + "!" }
f(1, "x")
