fn f(b: Bool) -> Int { if b { return 1; } else { 2 } + { if b { 3 } else { return 4; } } }
print(f(true)); print(f(false));
