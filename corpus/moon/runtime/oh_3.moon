print("before");
fn f() -> Int { panic("oh " + str(3)) }
f() + 1
