let b = true;
fn f() -> Bool { !b }
let b = #{k: 1};
f()
