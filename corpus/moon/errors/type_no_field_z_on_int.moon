let p = 5;
p.z = 3;
