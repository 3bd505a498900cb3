let a: Array<Int> = [];
pop(a)
