[1, 2, "x", true]
