let a = [1, 2, 3];
for x in a { pop(a); print(x); }
for k in keys(#{ b: 1, a: 2 }) { write(k); }
print("");
