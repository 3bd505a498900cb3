fn start() -> Int { level() + 1 }
let now = start();
let base = 6;
fn level() -> Int { base }
now
