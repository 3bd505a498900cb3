struct A { b: B? }
struct B { a: A?, n: Int }
let a = A#{ b: B#{ a: nil, n: 2 } };
unwrap(a.b).a = a;
print(a);
unwrap(a.b).n += 40;
unwrap(a.b).n
