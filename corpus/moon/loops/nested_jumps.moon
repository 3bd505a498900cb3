let r = 0;
for i in 0..3 { for j in 0..3 { if j == 1 { continue; } if i == 2 { break; } r += i * 10 + j; } }
r
