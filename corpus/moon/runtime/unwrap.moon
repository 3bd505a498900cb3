let a: Int? = nil;
unwrap(a)
