// SIZE runs of a Takeuchi-like recursion on linked lists; prints the length of the resulting list.
struct Element { value: Int, next: Element? }

fn length(list: Element?) -> Int {
  if list == nil { 0 } else { 1 + length(unwrap(list).next) }
}

fn make_list(n: Int) -> Element? {
  if n == 0 { return nil; }
  Element#{ value: n, next: make_list(n - 1) }
}

fn is_shorter(x: Element?, y: Element?) -> Bool {
  while y != nil {
    if x == nil { return true; }
    x = unwrap(x).next;
    y = unwrap(y).next;
  }
  false
}

fn tail(x: Element?, y: Element?, z: Element?) -> Element? {
  if is_shorter(y, x) {
    return tail(tail(unwrap(x).next, y, z), tail(unwrap(y).next, z, x), tail(unwrap(z).next, x, y));
  }
  z
}

fn run(n: Int) -> Int {
  let result = 0;
  for i in 0..n {
    result = length(tail(make_list(15), make_list(10), make_list(6)));
    if result != 10 { panic("wrong result"); }
  }
  result
}
run(unwrap(parse_int(args()[0])))
