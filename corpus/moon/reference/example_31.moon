let names = ["ann", "bo"];
fn longest(xs: Array<String>, n: Int) -> String { xs[n] }
longest(names, "1")
