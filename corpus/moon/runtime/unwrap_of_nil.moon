unwrap(parse_int("12x"))
