print(index_of([1, 2], 3)); print(index_of(["a"], "a")); let f = 5; f.x
