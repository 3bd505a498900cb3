//! Random Rae programs: typed, with every mode of handing values over, so that every one of them passes the checker.
//!
//! Statements begin with a word, since a bracket or a sign would go on with the line before.

use std::fmt::Write as _;

use crate::rng::Rng;

/// The types that expressions are generated for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ty {
    Int,
    Bool,
    Str,
    Float,
    Double,
    Ints,
    Maybe,
    Point,
    Mood,
    Counts,
}

const TYPES: [Ty; 10] =
    [Ty::Int, Ty::Bool, Ty::Str, Ty::Float, Ty::Double, Ty::Ints, Ty::Maybe, Ty::Point, Ty::Mood, Ty::Counts];

impl Ty {
    fn text(self) -> &'static str {
        match self {
            Ty::Int => "Int",
            Ty::Bool => "Bool",
            Ty::Str => "String",
            Ty::Float => "Float",
            Ty::Double => "Float64",
            Ty::Ints => "List(Int)",
            Ty::Maybe => "opt Int",
            Ty::Point => "Point",
            Ty::Mood => "Mood",
            Ty::Counts => "StringMap(Int)",
        }
    }
}

/// What every program declares.
const HEADER: &str = r#"enum Mood { calm, busy, gone }
type Point { x: Int, tag: String = "tag", xs: List(Int), near: opt Int, mood: Mood, f: Float = 1.5, small: UInt8 }
var total: Int = 7
var trail: String = ""
let store: List(Int) = { 1, 2 }
func listOf(a: view Int, b: view Int, c: view Int) ret List(Int) {
  let xs: List(Int) = { a, b, c }
  ret xs
}
func pointOf(x: view Int, tag: view String, xs: copy List(Int)) ret Point {
  ret Point { x: x, tag: tag, xs: own xs, near: x, mood: Mood.busy, small: x }
}
func countsOf(k: view String, v: view Int) ret StringMap(Int) {
  let m: StringMap(Int) = createStringMap(Int, cap: 1)
  m.set(k: k, value: v)
  m.set(k: "k", value: 1)
  ret m
}
func find(xs: view List(Int), want: view Int) ret opt Int {
  loop i: Int = 0, i < xs.length, i++ {
    if xs.at(index: i) is want { ret i }
  }
  ret none
}
func bump(v: mod Int, by: view Int) ret Int {
  v = v + by
  total = total + 1
  ret v
}
func exchange(a: mod Int, b: mod Int) {
  let t: Int = a
  a = b
  b = t
}
func stretch(p: mod Point, by: view Int) {
  defer { p.tag = p.tag + "!" }
  p.x = p.x + by
  if p.tag.length() > 20 { p.tag = "" }
  if p.xs.length < 20 { p.xs.add(value: by) }
}
func tagOf(p: mod Point) ret mod String { ret mod p.tag }
func fuller(p: view Point, q: view Point) ret opt view Point {
  if p.xs.length is q.xs.length { ret none }
  if p.xs.length > q.xs.length { ret view p }
  ret view q
}
func firstOr(T: type, xs: view List(T), fallback: view T) ret T {
  if let v: T = xs.at(index: 0) { ret v }
  ret fallback
}
func cut(s: view String) ret String { ret s.sub(start: 0, len: 12) }
"#;

/// A name that a program knows.
#[derive(Clone, Debug)]
struct Var {
    name: String,
    ty: Ty,
    /// May stand on the left of `=`.
    assigned: bool,
    /// Its content may change, and it may be handed over for writing.
    changed: bool,
}

struct Fun {
    name: String,
    params: Vec<(Ty, &'static str)>,
    result: Ty,
}

struct Gen<'a> {
    rng: &'a mut Rng,
    out: String,
    vars: Vec<Var>,
    /// Loop counters: readable, never assigned, so that loops end.
    counters: Vec<String>,
    funs: Vec<Fun>,
    next: usize,
    indent: usize,
    in_loop: bool,
    result: Option<Ty>,
}

/// A program of the seed.
#[must_use]
pub fn rae(rng: &mut Rng) -> String {
    let mut g = Gen {
        rng,
        out: HEADER.to_string(),
        vars: Vec::new(),
        counters: Vec::new(),
        funs: Vec::new(),
        next: 0,
        indent: 0,
        in_loop: false,
        result: None,
    };
    for (name, ty) in [("total", Ty::Int), ("trail", Ty::Str), ("store", Ty::Ints)] {
        g.vars.push(Var { name: name.into(), ty, assigned: ty != Ty::Ints, changed: true });
    }
    for _ in 0..g.rng.below(4) {
        g.function();
    }
    g.line("func main() {");
    g.indent = 1;
    for _ in 0..3 + g.rng.below(10) {
        g.statement(3);
    }
    for var in g.vars.clone() {
        g.show(&var);
    }
    g.indent = 0;
    g.line("}");
    g.out
}

impl Gen<'_> {
    fn fresh(&mut self) -> String {
        self.next += 1;
        format!("v{}", self.next)
    }

    fn line(&mut self, text: &str) {
        for _ in 0..self.indent {
            self.out.push_str("  ");
        }
        self.out.push_str(text);
        self.out.push('\n');
    }

    fn declare(&mut self, name: &str, ty: Ty, assigned: bool, changed: bool) {
        self.vars.push(Var { name: name.into(), ty, assigned, changed });
    }

    fn show(&mut self, var: &Var) {
        let name = &var.name;
        match var.ty {
            Ty::Counts => self.line(&format!("log(\"{{{name}.length}} {{{name}.cap}} {{{name}.get(k: \"k\")}}\")")),
            Ty::Point => {
                self.line(&format!("log(\"{{{name}}} {{{name}.xs.length}} {{{name}.mood}} {{{name}.small as Int}}\")"))
            }
            Ty::Ints if self.rng.one_in(2) => self.line(&format!("log({name})")),
            Ty::Int | Ty::Bool | Ty::Str | Ty::Float | Ty::Double | Ty::Ints | Ty::Maybe | Ty::Mood => {
                self.line(&format!("log(\"{{{name}}}\")"));
            }
        }
    }

    fn function(&mut self) {
        let name = format!("f{}", self.funs.len());
        let modes = ["view", "copy", "own", "mod"];
        let mut params = Vec::new();
        for _ in 0..self.rng.below(3) {
            params.push((*self.rng.pick(&TYPES), *self.rng.pick(&modes)));
        }
        let result = *self.rng.pick(&TYPES);
        let known = self.vars.len();
        let mut text = String::from("n: view Int");
        for (i, (ty, mode)) in params.iter().enumerate() {
            // `opt` stands in front of the mode of a reference, and behind no other.
            let ty_text = if *ty == Ty::Maybe { format!("{mode} Int") } else { format!("{mode} {}", ty.text()) };
            let ty = if *ty == Ty::Maybe { Ty::Int } else { *ty };
            let _ = write!(text, ", p{i}: {ty_text}");
            let scalar = matches!(ty, Ty::Int | Ty::Bool | Ty::Str | Ty::Float | Ty::Double | Ty::Mood);
            let assigned = *mode == "mod" || (scalar && *mode != "view" && ty != Ty::Str);
            self.declare(&format!("p{i}"), ty, assigned, *mode == "mod");
        }
        for (ty, _) in &mut params {
            *ty = if *ty == Ty::Maybe { Ty::Int } else { *ty };
        }
        self.line(&format!("func {name}({text}) ret {} {{", result.text()));
        self.indent += 1;
        self.counters.push("n".into());
        let base = self.expr(result, 1);
        self.line(&format!("if n <= 0 {{ ret {base} }}"));
        self.result = Some(result);
        // Itself first, with a smaller first argument.
        self.funs.push(Fun { name, params, result });
        for _ in 0..self.rng.below(5) {
            self.statement(2);
        }
        let tail = self.expr(result, 3);
        self.line(&format!("ret {tail}"));
        self.result = None;
        self.indent -= 1;
        self.line("}");
        self.counters.pop();
        self.vars.truncate(known);
    }

    fn block(&mut self, depth: usize) {
        let known = self.vars.len();
        self.indent += 1;
        for _ in 0..1 + self.rng.below(3) {
            self.statement(depth);
        }
        self.indent -= 1;
        self.vars.truncate(known);
    }

    fn statement(&mut self, depth: usize) {
        let ty = *self.rng.pick(&TYPES);
        match self.rng.below(if depth == 0 { 11 } else { 18 }) {
            0..=2 => self.binding(ty),
            3 => {
                if let Some(var) = self.var(|v| v.assigned) {
                    let value = self.expr(var.ty, 3);
                    self.line(&format!("{} = {value}", var.name));
                }
            }
            4 => {
                let ty = *self.rng.pick(&[Ty::Int, Ty::Bool, Ty::Str, Ty::Float, Ty::Double, Ty::Ints]);
                let value = self.expr(ty, 2);
                self.line(&format!("log({value})"));
            }
            5 | 6 => self.change_list(),
            7 => self.change_point(),
            8 => self.change_counts(),
            9 => self.alias(),
            10 => self.hand_over(),
            11 => {
                let c = self.expr(Ty::Bool, 2);
                self.line(&format!("if {c} {{"));
                self.block(depth - 1);
                if self.rng.one_in(2) {
                    self.line("} else {");
                    self.block(depth - 1);
                }
                self.line("}");
            }
            12 => {
                let (name, high) = (self.fresh(), self.rng.below(6));
                self.line(&format!("loop {name}: Int = 0, {name} < {high}, {name}++ {{"));
                self.looped(&name, depth);
            }
            13 => self.each(depth),
            14 => self.narrow(depth),
            15 => self.matched(depth),
            16 => {
                self.line("defer {");
                self.indent += 1;
                let value = self.expr(Ty::Int, 1);
                self.line(&format!("log({value})"));
                self.indent -= 1;
                self.line("}");
            }
            _ => self.leave(),
        }
    }

    fn binding(&mut self, ty: Ty) {
        let name = self.fresh();
        let word = *self.rng.pick(&["let", "var", "def"]);
        let moved = self.var(|v| v.ty == ty && v.changed && v.name.starts_with('v'));
        let value = match moved.filter(|_| self.rng.one_in(6)) {
            Some(var) => format!("own {}", var.name),
            None => match ty {
                Ty::Point if self.rng.one_in(3) => {
                    format!("{{ x: {}, mood: {} }}", self.expr(Ty::Int, 1), self.expr(Ty::Mood, 1))
                }
                Ty::Ints if self.rng.one_in(3) => format!("{{ {}, {} }}", self.expr(Ty::Int, 1), self.expr(Ty::Int, 1)),
                Ty::Maybe if self.rng.one_in(3) => "none".into(),
                Ty::Int
                | Ty::Bool
                | Ty::Str
                | Ty::Float
                | Ty::Double
                | Ty::Ints
                | Ty::Maybe
                | Ty::Point
                | Ty::Mood
                | Ty::Counts => self.expr(ty, 3),
            },
        };
        self.line(&format!("{word} {name}: {} = {value}", ty.text()));
        self.declare(&name, ty, word != "let", true);
    }

    fn change_list(&mut self) {
        let Some(name) = self.place_of(Ty::Ints) else { return };
        let (value, index) = (self.expr(Ty::Int, 2), self.expr(Ty::Int, 1));
        let call = match self.rng.below(10) {
            0..=2 => format!("if {name}.length < 30 {{ {name}.add(value: {value}) }}"),
            3 => format!("if {name}.length < 30 {{ {name}.insert(index: {index}, value: {value}) }}"),
            4 | 5 => format!("{name}.set(index: {index}, value: {value})"),
            6 => format!("{name}.remove(index: {index})"),
            7 => format!("{name}.{}()", self.rng.pick(&["removeLast", "sort", "sortDesc", "reverse", "clear"])),
            8 => format!("{name}.truncate(len: {index} % 5)"),
            _ => format!("{name}.swapRemove(index: {index})"),
        };
        self.line(&call);
    }

    fn change_point(&mut self) {
        let Some(var) = self.var(|v| v.ty == Ty::Point && v.changed) else { return };
        let name = var.name;
        let text = match self.rng.below(7) {
            0 => format!("x = {}", self.expr(Ty::Int, 2)),
            1 => format!("tag = cut(s: {})", self.expr(Ty::Str, 2)),
            2 => format!("xs = {}", self.expr(Ty::Ints, 2)),
            3 => format!("near = {}", self.expr(Ty::Maybe, 1)),
            4 => format!("mood = {}", self.expr(Ty::Mood, 1)),
            5 => format!("f = {}", self.expr(Ty::Float, 2)),
            _ => format!("small = {}", self.expr(Ty::Int, 2)),
        };
        self.line(&format!("{name}.{text}"));
    }

    fn change_counts(&mut self) {
        let Some(var) = self.var(|v| v.ty == Ty::Counts && v.changed) else { return };
        let (name, key) = (var.name, self.expr(Ty::Str, 1));
        let key = format!("cut(s: {key})");
        let value = self.expr(Ty::Int, 2);
        let inner = self.fresh();
        let text = match self.rng.below(4) {
            0 | 1 => format!("{name}.set(k: {key}, value: {value})"),
            2 => format!("{name}.remove(k: {key})"),
            _ => format!("if let {inner}: mod Int => {name}.modGet(key: \"k\") {{ {inner} = {inner} + {value} }}"),
        };
        self.line(&text);
    }

    fn alias(&mut self) {
        let name = self.fresh();
        let Some(var) = self.var(|v| v.ty == Ty::Point && v.changed) else {
            let Some(var) = self.var(|v| v.ty == Ty::Int && v.assigned) else { return };
            self.line(&format!("let {name}: mod Int => {}", var.name));
            return self.declare(&name, Ty::Int, true, true);
        };
        let point = var.name;
        match self.rng.below(5) {
            0 => {
                self.line(&format!("let {name}: mod Int => {point}.x"));
                self.declare(&name, Ty::Int, true, true);
            }
            1 => {
                self.line(&format!("let {name}: mod String => tagOf(p: {point})"));
                self.declare(&name, Ty::Str, false, false);
                let value = self.expr(Ty::Str, 1);
                self.line(&format!("{name} = cut(s: {value})"));
            }
            2 => {
                self.line(&format!("let {name}: view List(Int) => {point}.xs"));
                self.declare(&name, Ty::Ints, false, false);
            }
            3 => {
                self.line(&format!("let {name}: mod List(Int) => {point}.xs"));
                self.declare(&name, Ty::Ints, false, true);
            }
            _ => {
                self.line(&format!("let {name}: mod Point => {point}"));
                self.declare(&name, Ty::Point, true, true);
            }
        }
    }

    /// A call that writes through what it is given.
    fn hand_over(&mut self) {
        let by = self.expr(Ty::Int, 1);
        let ints = |v: &Var| v.ty == Ty::Int && v.assigned;
        match self.rng.below(4) {
            0 => {
                if let (Some(a), Some(b)) = (self.var(ints), self.var(ints)) {
                    self.line(&format!("exchange(a: {}, b: mod {})", a.name, b.name));
                }
            }
            1 => {
                if let Some(p) = self.var(|v| v.ty == Ty::Point && v.changed) {
                    let target = if self.rng.one_in(2) { format!("{}.x", p.name) } else { String::new() };
                    if target.is_empty() {
                        self.line(&format!("stretch(p: {}, by: {by})", p.name));
                    } else {
                        self.line(&format!("bump(v: {target}, by: {by})"));
                    }
                }
            }
            2 => {
                if let Some(a) = self.var(ints) {
                    self.line(&format!("bump(v: {}, by: {by})", a.name));
                }
            }
            _ => {
                if let (Some(p), Some(q)) = (self.var(|v| v.ty == Ty::Point), self.var(|v| v.ty == Ty::Point)) {
                    let name = self.fresh();
                    let (p, q) = (p.name, q.name);
                    self.line(&format!(
                        "if let {name}: view Point => fuller(p: {p}, q: {q}) {{ log({name}.x) }} else {{ log(0) }}"
                    ));
                }
            }
        }
    }

    fn each(&mut self, depth: usize) {
        let name = self.fresh();
        let Some(list) = self.var(|v| v.ty == Ty::Ints) else { return };
        if list.changed && self.rng.one_in(3) {
            let value = self.expr(Ty::Int, 1);
            return self.line(&format!("loop {name}: mod Int in {} {{ {name} = {name} + {value} }}", list.name));
        }
        let mode = *self.rng.pick(&["view ", ""]);
        self.line(&format!("loop {name}: {mode}Int in {} {{", list.name));
        // The list stays as it is while it is walked.
        let before = self.vars.clone();
        for var in self.vars.iter_mut().filter(|v| matches!(v.ty, Ty::Ints | Ty::Point)) {
            (var.assigned, var.changed) = (false, false);
        }
        self.looped(&name, depth);
        self.vars = before;
    }

    fn narrow(&mut self, depth: usize) {
        let name = self.fresh();
        let place = self.var(|v| v.ty == Ty::Maybe && v.changed);
        match place.filter(|_| self.rng.one_in(2)) {
            Some(var) if self.rng.one_in(2) => {
                let value = self.expr(Ty::Int, 1);
                return self
                    .line(&format!("if let {name}: mod Int => {} {{ {name} = {name} * 2 + {value} }}", var.name));
            }
            Some(var) => self.line(&format!("if let {name}: view Int => {} {{", var.name)),
            None => {
                let (list, want) = (self.expr(Ty::Ints, 1), self.expr(Ty::Int, 1));
                self.line(&format!("if let {name}: Int = find(xs: {list}, want: {want}) {{"));
            }
        }
        self.counters.push(name);
        self.block(depth - 1);
        self.counters.pop();
        self.line("} else {");
        self.block(depth - 1);
        self.line("}");
    }

    fn matched(&mut self, depth: usize) {
        let arms: &[&str] = match self.rng.below(3) {
            0 => {
                let subject = self.expr(Ty::Mood, 1);
                self.line(&format!("match {subject} {{"));
                &["case Mood.calm", "case Mood.busy, Mood.gone"]
            }
            1 => {
                let subject = self.expr(Ty::Int, 2);
                self.line(&format!("match {subject} % 4 {{"));
                &["case 0, -1", "case 1", "default"]
            }
            _ => {
                let subject = self.expr(Ty::Str, 1);
                self.line(&format!("match {subject} {{"));
                &["case \"a\", \"xyz\"", "default"]
            }
        };
        self.indent += 1;
        for arm in arms {
            self.line(&format!("{arm} {{"));
            self.block(depth - 1);
            self.line("}");
        }
        self.indent -= 1;
        self.line("}");
    }

    /// Out of a loop or function, under a condition.
    fn leave(&mut self) {
        let c = self.expr(Ty::Bool, 1);
        if self.in_loop {
            let word = *self.rng.pick(&["break", "continue"]);
            self.line(&format!("if {c} {{ {word} }}"));
        } else if let Some(result) = self.result {
            let value = self.expr(result, 1);
            self.line(&format!("if {c} {{ ret {value} }}"));
        }
    }

    fn looped(&mut self, counter: &str, depth: usize) {
        let was = std::mem::replace(&mut self.in_loop, true);
        self.counters.push(counter.to_string());
        self.block(depth - 1);
        self.counters.pop();
        self.in_loop = was;
        self.line("}");
    }

    fn var(&mut self, fits: impl Fn(&Var) -> bool) -> Option<Var> {
        let fitting: Vec<usize> = (0..self.vars.len()).filter(|i| self.vars.get(*i).is_some_and(&fits)).collect();
        if fitting.is_empty() { None } else { self.vars.get(*self.rng.pick(&fitting)).cloned() }
    }

    /// A variable or field of the type whose content may change.
    fn place_of(&mut self, ty: Ty) -> Option<String> {
        if ty == Ty::Ints
            && self.rng.one_in(4)
            && let Some(point) = self.var(|v| v.ty == Ty::Point && v.changed)
        {
            return Some(format!("{}.xs", point.name));
        }
        self.var(|v| v.ty == ty && v.changed).map(|v| v.name)
    }

    fn call_of(&mut self, ty: Ty, depth: usize) -> Option<String> {
        let fitting: Vec<usize> = (0..self.funs.len()).filter(|i| self.funs[*i].result == ty).collect();
        if fitting.is_empty() || depth == 0 {
            return None;
        }
        let (name, params) = {
            let fun = &self.funs[*self.rng.pick(&fitting)];
            (fun.name.clone(), fun.params.clone())
        };
        // Inside a function every call gets a smaller budget; outside a small one.
        let budget =
            if self.counters.iter().any(|c| c == "n") { "n - 2".into() } else { self.rng.below(5).to_string() };
        let mut text = format!("{name}({budget}");
        for (i, (ty, mode)) in params.iter().enumerate() {
            let place = self.var(|v| v.ty == *ty && v.changed && (v.assigned || !matches!(ty, Ty::Int | Ty::Str)));
            let value = match place.filter(|_| *mode == "mod") {
                Some(var) => var.name,
                // What is borrowed cannot be given away.
                None if *mode == "own" => self.value(*ty, depth.min(2) - 1),
                None => self.expr(*ty, depth.min(2) - 1),
            };
            let _ = write!(text, ", p{i}: {value}");
        }
        text.push(')');
        Some(text)
    }

    fn expr(&mut self, ty: Ty, depth: usize) -> String {
        if depth > 0
            && self.rng.one_in(6)
            && let Some(call) = self.call_of(ty, depth)
        {
            return call;
        }
        if self.rng.one_in(3)
            && let Some(var) = self.var(|v| v.ty == ty)
        {
            return var.name;
        }
        self.value(ty, depth)
    }

    /// An expression that makes a value of its own.
    fn value(&mut self, ty: Ty, depth: usize) -> String {
        match ty {
            Ty::Int => self.int(depth),
            Ty::Bool => self.bool(depth),
            Ty::Str => self.str(depth),
            Ty::Float => self.float(depth),
            Ty::Double => self.double(depth),
            Ty::Ints => format!("listOf(a: {}, b: {}, c: 3)", self.sub(Ty::Int, depth), self.sub(Ty::Int, depth)),
            Ty::Maybe => format!("find(xs: {}, want: {})", self.sub(Ty::Ints, depth), self.sub(Ty::Int, depth)),
            Ty::Point => {
                let (x, tag, xs) = (self.sub(Ty::Int, depth), self.sub(Ty::Str, depth), self.sub(Ty::Ints, depth));
                format!("pointOf(x: {x}, tag: {tag}, xs: {xs})")
            }
            Ty::Mood => (*self.rng.pick(&["Mood.calm", "Mood.busy", "Mood.gone"])).into(),
            Ty::Counts => format!("countsOf(k: {}, v: {})", self.sub(Ty::Str, depth), self.sub(Ty::Int, depth)),
        }
    }

    fn sub(&mut self, ty: Ty, depth: usize) -> String {
        self.expr(ty, depth.saturating_sub(1))
    }

    fn int(&mut self, depth: usize) -> String {
        if !self.counters.is_empty() && self.rng.one_in(4) {
            let known = self.counters.clone();
            return self.rng.pick(&known).clone();
        }
        if depth == 0 {
            return match self.rng.below(8) {
                0 => "9223372036854775807".into(),
                1 => "(-9223372036854775807 - 1)".into(),
                _ => self.rng.range(0, 20).to_string(),
            };
        }
        let d = depth - 1;
        match self.rng.below(16) {
            0..=3 => {
                let op = *self.rng.pick(&["+", "-", "*", "+", "-", "*", "/", "%"]);
                format!("({} {op} {})", self.expr(Ty::Int, d), self.expr(Ty::Int, d))
            }
            4 => {
                let op = *self.rng.pick(&["bitand", "bitor", "bitxor", "shl", "shr"]);
                format!("({} {op} {})", self.expr(Ty::Int, d), self.expr(Ty::Int, d))
            }
            5 => format!("(-{})", self.expr(Ty::Int, d)),
            6 => format!("(bitnot {})", self.expr(Ty::Int, d)),
            7 => format!("{}.length()", self.expr(Ty::Str, d)),
            8 => {
                let f = *self.rng.pick(&["min", "max"]);
                format!("{f}(a: {}, b: {})", self.expr(Ty::Int, d), self.expr(Ty::Int, d))
            }
            9 => match self.var(|v| v.ty == Ty::Ints) {
                Some(list) => format!("({}.at(index: {}) + 0)", list.name, self.expr(Ty::Int, d)),
                None => "total".into(),
            },
            10 => match self.var(|v| v.ty == Ty::Point) {
                Some(point) => {
                    let field = *self.rng.pick(&["x", "xs.length", "small", "tag.length()", "xs.cap"]);
                    format!("{}.{field}", point.name)
                }
                None => "store.length".into(),
            },
            11 => {
                let ty = *self.rng.pick(&[Ty::Float, Ty::Double, Ty::Mood]);
                format!("({} as Int)", self.expr(ty, d))
            }
            12 => {
                let subject = self.expr(Ty::Int, d);
                let (a, b) = (self.expr(Ty::Int, d), self.expr(Ty::Int, d));
                format!("(0 + (match {subject} % 3 {{ case 0 => {a}, case 1 => 5, default => {b} }}))")
            }
            13 => match self.var(|v| v.ty == Ty::Counts) {
                Some(map) => format!("(0 + {}.get(k: {}))", map.name, self.expr(Ty::Str, d)),
                None => "trail.length()".into(),
            },
            14 => match self.var(|v| v.ty == Ty::Maybe) {
                Some(maybe) => format!("(1 + {})", maybe.name),
                None => "total".into(),
            },
            _ => format!("firstOr(xs: {}, fallback: {})", self.expr(Ty::Ints, d), self.expr(Ty::Int, d)),
        }
    }

    fn bool(&mut self, depth: usize) -> String {
        if depth == 0 {
            return (*self.rng.pick(&["true", "false"])).into();
        }
        let d = depth - 1;
        let order = *self.rng.pick(&["<", "<=", ">", ">=", "is", "is not"]);
        match self.rng.below(8) {
            0 => format!("({} {order} {})", self.expr(Ty::Int, d), self.expr(Ty::Int, d)),
            1 => format!("({} {order} {})", self.expr(Ty::Float, d), self.expr(Ty::Float, d)),
            2 => format!("({} {order} {})", self.expr(Ty::Double, d), self.expr(Ty::Double, d)),
            3 => format!("({} is {})", self.expr(Ty::Str, d), self.expr(Ty::Str, d)),
            4 => format!("(not {})", self.expr(Ty::Bool, d)),
            5 => format!("({} is {})", self.expr(Ty::Mood, d), self.expr(Ty::Mood, d)),
            6 => format!("({} is none)", self.expr(Ty::Maybe, d)),
            _ => {
                let op = *self.rng.pick(&["and", "or", "is"]);
                format!("({} {op} {})", self.expr(Ty::Bool, d), self.expr(Ty::Bool, d))
            }
        }
    }

    fn str(&mut self, depth: usize) -> String {
        if depth == 0 {
            return format!("\"{}\"", *self.rng.pick(&["", "a", "xyz", "é", "1", "\\n", "\\{x\\}"]));
        }
        let d = depth - 1;
        match self.rng.below(6) {
            0 => format!("cut(s: {} + {})", self.expr(Ty::Str, d), self.expr(Ty::Str, d)),
            1 => format!("{}.sub(start: {}, len: 9)", self.expr(Ty::Str, d), self.expr(Ty::Int, d)),
            2 => match self.var(|v| v.ty != Ty::Counts) {
                // Braces cannot stand in an interpolation, names can.
                Some(var) => format!("cut(s: \"<{{{}}}>\")", var.name),
                None => "trail".into(),
            },
            3 => format!("{}.replace(old: \"1\", new: \"-\")", self.expr(Ty::Str, d)),
            4 => format!("{}.toString()", self.expr(Ty::Float, d)),
            _ => format!("{}.toString()", self.expr(Ty::Int, d)),
        }
    }

    fn float(&mut self, depth: usize) -> String {
        if depth == 0 {
            return (*self.rng.pick(&["0.0", "1.5", "2.25", "1000000.0", "0.1"])).into();
        }
        let d = depth - 1;
        match self.rng.below(5) {
            0 => format!("({} as Float)", self.expr(Ty::Int, d)),
            1 => format!("({} as Float)", self.expr(Ty::Double, d)),
            2 => format!("(-{})", self.expr(Ty::Float, d)),
            _ => {
                let op = *self.rng.pick(&["+", "-", "*", "/", "%"]);
                format!("({} {op} {})", self.expr(Ty::Float, d), self.expr(Ty::Float, d))
            }
        }
    }

    fn double(&mut self, depth: usize) -> String {
        if depth == 0 {
            return (*self.rng.pick(&["(0.0 as Float64)", "(1.5 as Float64)", "(0.1 as Float64)"])).into();
        }
        let d = depth - 1;
        match self.rng.below(4) {
            0 => format!("({} as Float64)", self.expr(Ty::Int, d)),
            1 => format!("(-{})", self.expr(Ty::Double, d)),
            _ => {
                let op = *self.rng.pick(&["+", "-", "*", "/", "%"]);
                format!("({} {op} {})", self.expr(Ty::Double, d), self.expr(Ty::Double, d))
            }
        }
    }
}
