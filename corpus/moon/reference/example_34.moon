fn g(b: Bool) -> Int { let v = if b { return 1; } else { 2 }; v + { return v * 10; } }
fn h() -> Bool { false || { return true; } }
if h() { g(true) * 100 + g(false) } else { 0 }
