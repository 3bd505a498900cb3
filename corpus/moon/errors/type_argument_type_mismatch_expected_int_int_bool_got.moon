sort_by([1], fn(a: Int, b: String) -> Bool { true })
