let a = [1, 2];
a[0] = { a = [8, 9]; 50 };
print(a);
let o = #{ x: [1] };
let h = o["x"];
o["x"][0] += { o["x"] = [100]; 5 };
print(h); print(o);
