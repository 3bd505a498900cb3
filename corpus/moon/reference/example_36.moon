fn price() -> Int { tax + 1 }
let tax = 2;
price()
