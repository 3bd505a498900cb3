//! Large programs of varied code, to measure what works per line: compilers and the verifier.
//!
//! Invariant: the same number of lines gives the same text everywhere, and the program compiles and runs.

/// Parts of a Ruff program; each is a unit of its own that later parts may call.
const RUFF: &[&str] = &[
    "\
# Walk @i: a pair of coordinates with arithmetic.
struct Point@i {
  x: int,
  y: int

  func plus(self, other) { return Point@i { x: self.x + other.x, y: self.y + other.y } }
  func length(self) { return abs(self.x) + abs(self.y) }
}

func walk@i(steps) {
  mut at := Point@i { x: @a, y: @b }
  step := Point@i { x: 1, y: -2 }
  for k in steps { at := at.plus(step) }
  return at.length()
}

",
    "\
func series@i(n, limit) {
  mut total := @a
  mut k := 0
  while k < n {
    if k % 3 == 0 && total < limit {
      total += k * @b
    } else {
      total -= k
    }
    k += 1
  }
  return total
}

",
    "\
# Counts words and finds the most frequent one.
func tally@i(text) {
  mut counts := {\"@w\": @b}
  for word in split(text, \" \") {
    if has_key(counts, word) {
      counts[word] += 1
    } else {
      counts[word] := 1
    }
  }
  mut best := \"@w\"
  for word in keys(counts) {
    if counts[word] > counts[best] { best := word }
  }
  return \"${best}: ${counts[best]} of ${len(counts)}\"
}

",
    "\
func filtered@i(xs, least) {
  mut kept := []
  for x in xs {
    if x < least { continue }
    if len(kept) > @a { break }
    kept := push(kept, x * @b + len(kept))
  }
  return kept
}

func scaled@i(xs, factor) {
  return map(filtered@i(xs, @b), func(x) { return x * factor + @a })
}

",
    "\
func parsed@i(fields) {
  mut sum := 0
  for field in fields {
    try {
      value := parse_int(field)
      if value > @a { throw(\"too large: \" + field) }
      sum += value
    } except problem {
      sum -= 1
    }
  }
  return sum
}

func checked@i(value) {
  if value < 0 { return Err(\"negative @w\") }
  return Ok(value % @b)
}

func described@i(value) {
  match checked@i(value) {
    case Ok(rest): { return \"rest \" + to_string(rest) }
    case Err(why): { return why }
  }
}

",
    "\
# Averages a matrix of floats.
func average@i(rows, columns) {
  mut sum := 0.5
  for r in rows {
    mut row := []
    for c in columns { row := push(row, (r * @a + c) % @b + 0.25) }
    row[0] := row[0] + 1.5
    for cell in row { sum += cell / 2.0 }
  }
  return sum / (rows * columns)
}

",
];

/// What runs the parts of one round of a Ruff program.
const RUFF_ROUND: &str = "\
func round@i() {
  mut out := [walk@i(@a), series@i(@b, 1000)]
  out := push(out, tally@i(\"@w and @w or not\"))
  out := push(out, scaled@i([@a, @b, 7, 250], 3))
  out := push(out, parsed@i([\"1\", \"@a\", \"x\"]))
  out := push(out, described@i(@a))
  out := push(out, average@i(2, 3))
  return out
}
print(round@i())

";

/// Parts of a Moon program.
const MOON: &[&str] = &[
    "\
// Walk @i: a pair of coordinates with arithmetic.
struct Point@i { x: Int, y: Int }

fn plus@i(a: Point@i, b: Point@i) -> Point@i {
  Point@i#{ x: a.x + b.x, y: a.y + b.y }
}

fn walk@i(steps: Int) -> Int {
  let at = Point@i#{ x: @a, y: @b };
  let step = Point@i#{ x: 1, y: -2 };
  for k in 0..steps { at = plus@i(at, step); }
  abs(at.x) + abs(at.y)
}

",
    "\
fn series@i(n: Int, limit: Int) -> Int {
  let total = @a;
  let k = 0;
  while k < n {
    if k % 3 == 0 && total < limit {
      total += k * @b;
    } else {
      total -= k;
    }
    k += 1;
  }
  total
}

",
    "\
// Counts words and finds the most frequent one.
fn tally@i(text: String) -> String {
  let counts: Object<Int> = #{ start: @b };
  for word in split(text, \" \") {
    if has(counts, word) {
      counts[word] += 1;
    } else {
      counts[word] = 1;
    }
  }
  let best = \"start\";
  for word in keys(counts) {
    if counts[word] > counts[best] { best = word; }
  }
  best + \": \" + str(counts[best]) + \" of \" + str(len(counts))
}

",
    "\
fn filtered@i(xs: Array<Int>, least: Int) -> Array<Int> {
  let kept: Array<Int> = [];
  for x in xs {
    if x < least { continue; }
    if len(kept) > @a { break; }
    push(kept, x * @b + len(kept));
  }
  kept
}

fn scaled@i(xs: Array<Int>, factor: Int) -> Array<Int> {
  let scale = fn(x: Int) -> Int { x * factor + @a };
  let out = filtered@i(xs, @b);
  for k in 0..len(out) { out[k] = scale(out[k]); }
  out
}

",
    "\
fn parsed@i(fields: Array<String>) -> Int {
  let sum = 0;
  for field in fields {
    let value = parse_int(field);
    if is_nil(value) {
      sum -= 1;
    } else {
      sum += if unwrap(value) > @a { @b } else { unwrap(value) };
    }
  }
  sum
}

fn described@i(value: Int) -> String {
  if value < 0 { \"negative @w\" } else { \"rest \" + str(value % @b) }
}

",
    "\
// Averages a matrix of floats.
fn average@i(rows: Int, columns: Int) -> Float {
  let sum = 0.5;
  for r in 0..rows {
    let row: Array<Float> = [];
    for c in 0..columns { push(row, float((r * @a + c) % @b) + 0.25); }
    row[0] += 1.5;
    for cell in row { sum += cell / 2.0; }
  }
  sum / float(rows * columns)
}

",
];

/// What runs the parts of one round of a Moon program.
const MOON_ROUND: &str = "\
fn round@i() -> String {
  let out = [str(walk@i(@a)), str(series@i(@b, 1000))];
  push(out, tally@i(\"@w and @w or not\"));
  push(out, str(scaled@i([@a, @b, 7, 250], 3)));
  push(out, str(parsed@i([\"1\", \"@a\", \"x\"])));
  push(out, described@i(@a));
  push(out, str(average@i(2, 3)));
  join(out, \" \")
}
print(round@i());

";

/// Words that occur in the texts of the programs.
const WORDS: [&str; 8] = ["apple", "bridge", "candle", "door", "engine", "forest", "glass", "harbour"];

/// A program of at least so many lines in the language with this extension, `ruff` or `moon`.
pub fn program(extension: &str, lines: usize) -> String {
    let (parts, round) = if extension == "ruff" { (RUFF, RUFF_ROUND) } else { (MOON, MOON_ROUND) };
    let (mut out, mut count, mut index) = (String::new(), 0, 0);
    // Any generator does whose low bits are not cyclic.
    let mut seed = 1_u64;
    while count < lines {
        for part in parts.iter().chain([&round]) {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let (a, b, word) = (seed >> 33 & 0xff, (seed >> 41 & 0x3f) + 2, WORDS[(seed >> 47 & 7) as usize]);
            let text = part
                .replace("@i", &index.to_string())
                .replace("@a", &a.to_string())
                .replace("@b", &b.to_string())
                .replace("@w", word);
            count += text.lines().count();
            out.push_str(&text);
        }
        index += 1;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_have_the_lines_that_were_asked_for_and_no_blanks_to_fill() {
        for extension in ["ruff", "moon"] {
            let text = program(extension, 1000);
            let lines = text.lines().count();
            assert!((1000..1200).contains(&lines) && !text.contains('@'), "{extension}: {lines}");
            assert_eq!(text, program(extension, 1000));
        }
    }
}
