let a: 3 = 3;
