let x: (Int) = 1;
let y: ((Int)?)? = nil;
let z: fn Int = 2;
