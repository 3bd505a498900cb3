let a = array(2, [0]);
a[0][0] = 5;
print(a);
array(-1, 0)
