struct N { next: N? }
let n = N#{ next: nil };
n.next = n;
print(n);
