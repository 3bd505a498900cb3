let a = [1];
a[{ print("i"); 0 }] += { print("e"); 5 };
print(a);
let o = #{k: 1};
o["k"] *= 5;
o["z"] -= 1;
