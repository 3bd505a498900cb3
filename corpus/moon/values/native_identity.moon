let f = sqrt;
let g = floor;
print([f, g]); print(f == g); print(f == sqrt); print(f(16.0));
f
