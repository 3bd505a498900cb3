let slots = [fn() -> Int { 0 }];
fn make(from: Int) -> Unit { slots[0] = fn() -> Int { from = from + 1; from }; }
make(10); let a = slots[0];
make(10); let b = slots[0];
let a2 = a;
a(); a2();
a() * 100 + b()
