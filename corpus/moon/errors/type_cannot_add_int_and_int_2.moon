fn f() -> Int { 1 }
f += 1;
