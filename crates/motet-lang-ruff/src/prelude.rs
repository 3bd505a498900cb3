//! Builtins that call back into the program, written in Ruff.
//!
//! Natives never re-enter the interpreter, so these are compiled into every
//! module that mentions them. Their functions are hidden: they show up neither
//! in traces nor as closures when printed.

/// One builtin written in Ruff.
#[derive(Clone, Copy, Debug)]
pub struct Snippet {
    /// Name of the builtin; with `$` in front, only lowered code calls it. Functions whose name
    /// starts with `$iter` and that are generators make values of type `iterator`.
    pub name: &'static str,
    /// Fewest arguments. Missing ones up to `max` are passed as null.
    pub min: usize,
    /// Most arguments; equals the number of parameters of the source.
    pub max: usize,
    /// Message when there are too few arguments.
    pub too_few: &'static str,
    /// One function definition.
    pub source: &'static str,
}

macro_rules! snippets {
    ($($name:literal $min:literal $max:literal $too_few:literal $source:literal;)*) => {
        /// All of them.
        pub const SNIPPETS: &[Snippet] =
            &[$(Snippet { name: $name, min: $min, max: $max, too_few: $too_few, source: $source }),*];
    };
}

snippets! {
    "map" 2 2 "map requires two arguments: array and function" r#"
func map(a, f) {
  if !is_array(a) || !is_function(f) { error("map expects an array and a function") }
  mut out := []
  for x in a { out := push(out, f(x)) }
  return out
}"#;
    "filter" 2 2 "filter requires two arguments: array and function" r#"
func filter(a, f) {
  if !is_array(a) || !is_function(f) { error("filter expects an array and a function") }
  mut out := []
  for x in a { if f(x) { out := push(out, x) } }
  return out
}"#;
    "find" 2 2 "find requires two arguments: array and function" r#"
func find(a, f) {
  if !is_array(a) || !is_function(f) { error("find expects an array and a function") }
  for x in a { if f(x) { return x } }
  return 0
}"#;
    "any" 2 2 "any requires two arguments: array and function" r#"
func any(a, f) {
  if !is_array(a) || !is_function(f) { error("any expects an array and a function") }
  for x in a { if f(x) { return true } }
  return false
}"#;
    "all" 2 2 "all requires two arguments: array and function" r#"
func all(a, f) {
  if !is_array(a) || !is_function(f) { error("all expects an array and a function") }
  for x in a { if f(x) { } else { return false } }
  return true
}"#;
    "reduce" 3 3 "reduce requires three arguments: array, initial value, and function" r#"
func reduce(a, init, f) {
  if !is_array(a) || !is_function(f) { error("reduce expects an array, an initial value, and a function") }
  mut acc := init
  for x in a { acc := f(acc, x) }
  return acc
}"#;
    "parallel_map" 2 3 "parallel_map requires two arguments: array and function" r#"
async func parallel_map(a, f, limit) {
  if !is_array(a) || !is_function(f) { error("parallel_map expects an array and a function") }
  mut out := []
  for x in a { out := push(out, await f(x)) }
  return out
}"#;
    "par_map" 2 3 "par_map requires two arguments: array and function" r#"
async func par_map(a, f, limit) {
  if !is_array(a) || !is_function(f) { error("par_map expects an array and a function") }
  mut out := []
  for x in a { out := push(out, await f(x)) }
  return out
}"#;
    "par_each" 2 3 "par_each requires two arguments: array and function" r#"
async func par_each(a, f, limit) {
  if !is_array(a) || !is_function(f) { error("par_each expects an array and a function") }
  for x in a { await f(x) }
  return null
}"#;
    "$iter_map" 2 2 "" "func* iter_map(xs, f) { for x in xs { yield f(x) } }";
    "$iter_filter" 2 2 "" "func* iter_filter(xs, f) { for x in xs { if f(x) == true { yield x } } }";
    "$iter_take" 2 2 "" r#"
func* iter_take(xs, n) {
  mut left := n
  if left <= 0 { return null }
  for x in xs {
    yield x
    left -= 1
    if left <= 0 { break }
  }
}"#;
    "$iter_collect" 1 1 "" r#"
func iter_collect(xs) {
  if is_array(xs) { return xs }
  mut out := []
  for x in xs { out := push(out, x) }
  return out
}"#;
    "$iter_next" 1 1 "" r#"
func iter_next(xs) {
  for x in xs { return Some(x) }
  return None
}"#;
}

/// All sources, in order, as one text.
#[must_use]
pub fn text() -> alloc::string::String {
    SNIPPETS.iter().fold(alloc::string::String::new(), |mut all, snippet| {
        all.push_str(snippet.source);
        all.push('\n');
        all
    })
}
