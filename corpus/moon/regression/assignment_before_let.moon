let n = start();
let x = 2;
fn start() -> Int { set(); 1 }
fn set() -> Unit { x = 5; }
