let x: (Int, Int) = 1;
