let a = [1];
for x in a { if x < 4 { push(a, x + 1); } }
print(a);
