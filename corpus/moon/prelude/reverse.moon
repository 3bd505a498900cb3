let a=[1,2,3]; reverse(a); print(a);
