let a=[1,3]; insert(a,1,2); print(a);
