let a: Array<Array<Int>> = [];
for i in 0..5 { push(a, [i]); }
a[3]
