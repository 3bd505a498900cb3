let xs = [5, 3, 9];
sort_by(xs, fn(a: Int, b: Int) -> Bool { 1 / (a - a) > b });
