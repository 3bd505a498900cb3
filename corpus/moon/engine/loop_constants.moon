// Constants that loops use keep their registers across calls whose frames begin above the locals.
struct P { index: Int, current: String }
fn read(p: P) -> Unit { p.index += 1; p.current = char_at("abcd:", p.index); }
fn skip(p: P) -> Unit { while p.current != ":" { read(p); } }
fn leaf(key: Int) -> Int {
  let a = key;
  let b = a + 1;
  let c = b * 3;
  let d = c - a;
  let e = d * b - c;
  let f = [e, d, c];
  if d > 10 { return d + c + f[0]; }
  d
}
let p = P#{ index: 0, current: "a" };
skip(p);
print(p);
let x = 17;
let total = 0.0;
for i in 1..20 {
  x = (x * 16807) % 2147483647;
  leaf(x % 65536);
  total = total + float(x) * 0.5 - 1.25 / float(i);
}
print(x);
print(floor(total));
let words = ["one", "two", "three"];
let seen = 0;
for w in words {
  if w == "two" { seen = seen + 10; }
  if len(w) == 5 { seen = seen + leaf(3); }
  if w != "one" { seen = seen + 1; }
}
print(seen);
