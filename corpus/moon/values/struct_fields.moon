struct P { x: Int, y: Int }
let p = P#{ y: 2, x: 1 };
p.x += 5;
p.y = p.x * 2;
print(p);
print(p == p); print(p == P#{x: 6, y: 12});
p
