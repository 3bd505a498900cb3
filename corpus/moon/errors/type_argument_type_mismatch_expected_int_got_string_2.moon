push([1], "a")
