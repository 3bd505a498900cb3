let a = [1];
insert(a, 2,
  5)
