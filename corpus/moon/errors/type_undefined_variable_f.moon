fn f() -> Int { 1 }
f = fn() -> Int { 2 };
