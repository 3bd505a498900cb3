char_at("abc", -1)
