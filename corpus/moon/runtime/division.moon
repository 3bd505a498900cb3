let a = 0;
1 / a
