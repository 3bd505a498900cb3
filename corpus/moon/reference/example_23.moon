let rate = 3;
let fee = { let base = rate; fn(n: Int) -> Int { n * rate + base } };
let before = fee(10);
rate = 5;
before * 1000 + fee(10)
