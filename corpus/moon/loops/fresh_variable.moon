let fs: Array<fn() -> Int> = [];
for i in 0..3 { push(fs, fn() -> Int { i }); }
print([fs[0](), fs[1](), fs[2]()]);
