// comment é ü
let x = "é" + 5;
