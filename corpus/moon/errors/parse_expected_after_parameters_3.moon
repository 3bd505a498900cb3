let x: (Int = 1;
