let x: Array<Int = [1];
