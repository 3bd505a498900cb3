let f = fn(n: Int, s: String) -> Bool { n > 0 && s != "" };
[f]
