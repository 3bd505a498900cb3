let x = [5];
x["a"] = 3;
