print(has(#{a:1}, "a"));
print(has(#{a:1}, "b"));
print(get(#{a:1}, "a"));
print(get(#{a:1}, "b"));
print(keys(#{b:1,a:2}));
print(values(#{b:1,a:2}));
print(len(#{a:1}));
print(copy(#{a:1}));
