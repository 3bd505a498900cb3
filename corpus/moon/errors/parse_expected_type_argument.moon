let a: Array<> = [1];
