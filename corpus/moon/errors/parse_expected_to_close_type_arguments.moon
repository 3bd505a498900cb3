let a: Array<Int>= [1];
