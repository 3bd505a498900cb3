fn f<Int>(x: Int) -> Int { x }
