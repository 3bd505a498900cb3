struct P { a: P?, b: P? }
let p = P#{ a: nil, b: nil };
for i in 0..60 { p = P#{ a: p, b: p }; }
print("made");
print(p);
