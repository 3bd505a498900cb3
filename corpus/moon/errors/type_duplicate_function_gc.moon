fn gc() -> Int { 1 }
