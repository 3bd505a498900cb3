print(slice([1,2,3,4], 1, 3)); print(slice([1,2,3,4], -5, 99)); print(slice([1,2], 2, 1)); print(concat([1],[2,3]));
let a = [3,1,2]; reverse(a); print(a); sort(a); print(a); sort_by(a, fn(x: Int, y: Int) -> Bool { y < x }); print(a);
print(index_of(a, 1)); print(index_of(a, 9)); print(array(3, "x")); print(array(0, 1)); insert(a, 0, 9); print(remove_at(a, 1)); print(a);
let o = #{ b: 1, a: 2, "c d": 3 };
print(keys(o)); print(values(o)); print(del(o, "b")); print(del(o, "b")); o["b"] = 4; o["a"] = 5; print(o); print(has(o, "a")); print(get(o, "q")); print(get(o, "a")); print(len(o)); print(copy(o) == o);
print(join(["a","b"], ", ")); print(replace("aXbX", "X", "yy")); print(replace("abc", "", "z")); print(trim(" \t\na b\r ")); print(repeat("ab", 3)); print(repeat("ab", -1)); print(split("a,b,,c", ",")); print(split("abc", "")); print(split("", ","));
print(starts_with("abc", "ab")); print(ends_with("abc", "bc")); print(contains("abc", "x")); print(find("abcabc", "ca")); print(compare("a", "b")); print(compare("b", "a")); print(compare("é", "é")); print(substr("hello", 1, 3)); print(substr("hello", 3, 1)); print(lower("ABCÉ"));
