fn() -> Int { 1 }
