let 5 = 3;
