let mk = fn(start: Int) -> fn() -> Int { let n = start; fn() -> Int { n += 1; n } };
let a = mk(1); let b = mk(10);
a(); a(); b();
print(a()); print(b());
let c = a;
c();
print(a());
a
