print(parse_int("12")); print(parse_int("-5")); print(parse_int("+7")); print(parse_int("")); print(parse_int("9223372036854775808")); print(parse_int("0012")); print(parse_int(" 1")); print(parse_int("-"));
print(parse_float("1.5")); print(parse_float("-2e3")); print(parse_float("1.")); print(parse_float(".5")); print(parse_float("inf")); print(parse_float("1e400"));
