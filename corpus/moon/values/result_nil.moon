let a: Int? = nil;
a
