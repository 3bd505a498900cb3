let s = "héllo→";
print(len(s)); print(char_at(s, 1)); print(substr(s, 1, 3)); print(ord("→")); print(chr(8594)); print("\u{41}\0\r"); print(find(s, "→")); print(upper("é")); print(split("a→b→", "→")); print(["é", "\0", "\r"]);
char_at(s, 6)
