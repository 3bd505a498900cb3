let let = 3;
