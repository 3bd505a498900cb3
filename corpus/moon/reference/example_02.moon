let a = 2 + 3 * 4 - 9 / 2 % 3;
let b = -2 * 3 - -4;
let c = !false == true && 1 + 1 <= 2 || false;
if c { a * 100 + b } else { 0 }
