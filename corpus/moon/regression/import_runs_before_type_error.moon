import "parts_prints";
let x = parts_prints.count + "a";
