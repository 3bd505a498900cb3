let a = [1];
let i = 2 - 3;
a[i]
