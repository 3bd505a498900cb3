fn f() -> Int { 1 }
f = f;
