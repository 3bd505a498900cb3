fn f() -> Int {
  let a = panic("dead");
  nonsense + 1
}
f()
