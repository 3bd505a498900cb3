let a = [1];
if true { a[0] = 2; }
(a)[0]
