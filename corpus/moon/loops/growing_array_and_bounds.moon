let a: Array<Int> = [];
for i in 0..5 { push(a, i); }
for x in a { if x < 3 { push(a, x + 10); } }
print(a);
let total = 0;
for i in 5..=1 { total += i; }
for i in 9223372036854775806..=9223372036854775807 { total += 1; }
print(total);
let fs: Array<fn() -> Int> = [];
for i in 0..3 { let k = i * i; push(fs, fn() -> Int { i = i + 1; i + k }); }
for f in fs { write(str(f()) + "," + str(f()) + ";"); }
print("");
let i = 0;
while i < 10 { i += 1; if i == 3 { continue; } if i > 5 { break; } write(i); }
print("");
