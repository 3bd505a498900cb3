let f = upper;
f(1)
