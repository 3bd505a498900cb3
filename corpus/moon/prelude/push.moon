let a=[1]; push(a, 2); print(a);
