let a = [1];
insert(a, 3, 1);
