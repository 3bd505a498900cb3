let n = 0;
for i in 0..9 { n = n + { if i == 3 { break; } i }; }
n
