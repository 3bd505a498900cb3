fn run() -> Int {
  let s = 1;
  let i = 0;
  while i < 5000000 {
    s = (s * 31 + i) % 1000003;
    if s % 2 == 0 { s = s + 1; }
    i = i + 1;
  }
  s
}
run()
