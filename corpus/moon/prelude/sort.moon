let a=["b","a"]; sort(a); print(a); let b=[2.0,-1.0]; sort(b); print(b);
