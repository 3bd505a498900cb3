print("module runs");
let count = 1;
