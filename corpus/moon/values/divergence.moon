fn f(b: Bool) -> Int { (if b { return 1; } else { return 2; })(nowhere, 3) }
print(f(true));
fn g(b: Bool) -> Int { [1, { return 4; }, nowhere][zzz] }
fn h() -> Bool { true && { return false; } }
fn i() -> Int { x = { return 5; }; }
fn j() -> Int { [1][{ return 6; }] = nowhere; }
fn k() -> Int { if { return 7; } { nowhere } else { nowhere2 } }
print(g(true)); print(h()); print(i()); print(j()); print(k());
