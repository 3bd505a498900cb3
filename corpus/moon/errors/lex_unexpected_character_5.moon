let a = x.y;
