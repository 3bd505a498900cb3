let a: Array<Int, Int> = [1];
