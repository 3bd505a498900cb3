{
  let cell = [1];
  let get = fn() -> Int { cell[0] };
  cell[0] = 2;
  let r = get();
  cell = [3];
  r * 100 + get() * 10 + cell[0]
}
