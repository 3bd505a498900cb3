let a = [1];
remove_at(a, 1);
