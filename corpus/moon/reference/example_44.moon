let log = [0];
fn touch() -> Unit { log[0] = log[0] + 1; }
touch()
