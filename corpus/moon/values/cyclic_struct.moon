struct N { v: Int, next: N? }
let n = N#{ v: 1, next: nil };
n.next = n;
print(n);
let a: Array<Array<Int>> = [];
print(a);
let b = [n, n];
print(b);
print(n.next == n);
print(unwrap(n.next).v);
