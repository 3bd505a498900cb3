array(-1, 0);
