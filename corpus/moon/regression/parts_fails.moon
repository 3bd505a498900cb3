print("starts");
let z = 1 / (1 - 1);
