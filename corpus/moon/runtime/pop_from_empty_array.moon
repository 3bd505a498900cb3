pop([1]); let a: Array<Int> = []; pop(a)
