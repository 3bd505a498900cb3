let x = 5;
x[0] = 3;
