fn id<T>(a: T) -> T { a }
print(id(1) + 1);
print(id("a") + "b");
print(id({}));
