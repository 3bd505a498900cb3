let n = 0;
for i in 0..3 { i = i * 10; n += i; }
n
