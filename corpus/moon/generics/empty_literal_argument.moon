fn push2<T>(xs: Array<T>, x: T) -> Unit { push(xs, x); push(xs, x); }
let a: Array<Array<Int>> = [];
push2(a, []);
push(a, [1]);
print(a);
print(concat(a, []));
print(slice(a, 0, 1));
