print(unwrap(get(#{a:1},"a")));
print(unwrap_or(get(#{a:1},"b"), 7));
print(is_nil(nil));
print(is_nil(get(#{a:1},"a")));
