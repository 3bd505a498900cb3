let x: Array<Int> = [1];
x = [];
