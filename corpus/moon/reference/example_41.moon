let squares: Object<Int> = #{};
let digits = ["0","1","2","3","4","5","6","7","8","9"];
fn name(n: Int) -> String { if n < 10 { digits[n] } else { name(n / 10) + digits[n % 10] } }
fn fill(i: Int) -> Unit { if i < 30 { squares["n" + name(i)] = i * i; fill(i + 1) } else {} }
fill(0);
squares["n29"] + squares["n" + name(12)]
