let x: Array<Int> = ["a"];
