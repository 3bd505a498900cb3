while true { let f = fn() -> Unit { continue; }; }
