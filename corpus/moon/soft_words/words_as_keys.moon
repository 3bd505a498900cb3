let o = #{ while: 1, for: 2, in: 3, as: 4, if_: 5, "let": 6 };
print(o);
struct S { while: Int, for: Int }
let s = S#{ while: 1, for: 2 };
print(s.while + s.for);
s
