let a 3;
