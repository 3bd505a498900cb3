{ 5 }
let x = 1;
