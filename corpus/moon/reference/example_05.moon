let = 3;
let s = "100\%";
