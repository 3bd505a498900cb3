fn f() -> Int { len("abcd") }
let len = 5;
f() + len
