char_at("abc", 3)
