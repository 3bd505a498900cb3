fn d(n: Int) -> String {
  if n < 0 { "-" + d(-n) } else if n < 10 { ["0","1","2","3","4","5","6","7","8","9"][n] } else { d(n / 10) + d(n % 10) }
}
let top = 9223372036854775807;
let wraps = top + 1 == -top - 1 && -(-top - 1) == -top - 1 && top * 3 == top - 2;
if wraps { d(-9 / 4) + " " + d(-9 % 4) + " " + d(9 / -4) + " " + d(9 % -4) } else { "no" }
