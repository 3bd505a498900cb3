let a = 1;
if a == 1 { 2 } else { 3 }
print(a);
