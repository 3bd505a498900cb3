total = count + 1;
