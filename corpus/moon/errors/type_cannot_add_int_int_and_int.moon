let f: (fn(Int) -> Int)? = nil;
f + 1
