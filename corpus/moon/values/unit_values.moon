let u = {};
print(u); print([u, {}]); print(u == {}); let f = fn() -> Unit {}; print(f());
fn id<T>(x: T) -> T { x }
print(id({})); 
let q = push([1], 2); print(q);
id({})
