let x: fn(Int) = 1;
