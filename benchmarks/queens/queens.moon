// SIZE times ten solutions of the eight queens problem by backtracking; prints whether all were found.
struct Board {
  free_rows: Array<Bool>,
  free_maxs: Array<Bool>,
  free_mins: Array<Bool>,
  queen_rows: Array<Int>,
}

fn new_board() -> Board {
  Board#{
    free_rows: array(8, true),
    free_maxs: array(16, true),
    free_mins: array(16, true),
    queen_rows: array(8, -1),
  }
}

fn is_free(b: Board, r: Int, c: Int) -> Bool {
  b.free_rows[r] && b.free_maxs[c + r] && b.free_mins[c - r + 7]
}

fn set_free(b: Board, r: Int, c: Int, free: Bool) -> Unit {
  b.free_rows[r] = free;
  b.free_maxs[c + r] = free;
  b.free_mins[c - r + 7] = free;
}

fn place_queen(b: Board, c: Int) -> Bool {
  for r in 0..8 {
    if is_free(b, r, c) {
      b.queen_rows[r] = c;
      set_free(b, r, c, false);
      if c == 7 || place_queen(b, c + 1) { return true; }
      set_free(b, r, c, true);
    }
  }
  false
}

fn solve_ten() -> Bool {
  let all = true;
  for i in 0..10 { all = place_queen(new_board(), 0) && all; }
  all
}

fn run(n: Int) -> Bool {
  let result = false;
  for i in 0..n {
    result = solve_ten();
    if !result { panic("wrong result"); }
  }
  result
}
run(unwrap(parse_int(args()[0])))
