print = 5;
