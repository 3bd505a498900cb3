fn len(a: Int) -> Int { a + 1 }
len(1)
