//! Random Ruff programs. Values are mostly of known types, so that programs
//! get far; now and then a wrong one is used inside `try`, so that errors and
//! their messages are compared too.

use crate::rng::Rng;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ty {
    Int,
    Bool,
    Str,
    Float,
    List,
    Dict,
    Point,
}

const TYPES: [Ty; 7] = [Ty::Int, Ty::Bool, Ty::Str, Ty::Float, Ty::List, Ty::Dict, Ty::Point];

struct Fun {
    name: String,
    params: Vec<Ty>,
    result: Ty,
}

struct Gen<'a> {
    rng: &'a mut Rng,
    out: String,
    vars: Vec<(String, Ty)>,
    /// Loop counters and budgets: readable, never assigned, so that programs end.
    counters: Vec<String>,
    funs: Vec<Fun>,
    next: usize,
    indent: usize,
    in_loop: bool,
}

const HEAD: &str = "\
struct Point {
  x: int,
  y: int
  func dot(self, o) { return self.x * o.x + self.y * o.y }
  func moved(self, by) { return Point { x: self.x + by, y: self.y } }
  func op_add(self, o) { return Point { x: self.x + o.x, y: self.y + o.y } }
}
func safe(f) {
  try { return f() } except e { return e.message }
}
";

/// A program of the seed.
#[must_use]
pub fn ruff(rng: &mut Rng) -> String {
    let mut g = Gen {
        rng,
        out: HEAD.to_string(),
        vars: Vec::new(),
        counters: Vec::new(),
        funs: Vec::new(),
        next: 0,
        indent: 0,
        in_loop: false,
    };
    for _ in 0..g.rng.below(4) {
        g.function();
    }
    // Half of the programs do their work inside a function, where variables are locals.
    let inside = g.rng.one_in(2);
    if inside {
        g.open("func main() {");
    }
    for _ in 0..3 + g.rng.below(10) {
        g.statement(3);
    }
    for (name, _) in g.vars.clone() {
        g.line(&format!("print(\"{name}\", {name})"));
    }
    if inside {
        g.close();
        g.line("main()");
    }
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
        self.out.push_str(";\n");
    }

    /// A line that ends in an opening brace.
    fn open(&mut self, text: &str) {
        self.line(text);
        self.out.truncate(self.out.len() - 2);
        self.out.push('\n');
        self.indent += 1;
    }

    /// A line without a closing semicolon.
    fn arm(&mut self, text: &str) {
        self.line(text);
        self.out.truncate(self.out.len() - 2);
        self.out.push('\n');
    }

    fn close(&mut self) {
        self.indent -= 1;
        self.line("}");
    }

    fn function(&mut self) {
        let name = format!("f{}", self.funs.len());
        let params: Vec<Ty> = (0..self.rng.below(3)).map(|_| *self.rng.pick(&TYPES)).collect();
        let result = *self.rng.pick(&TYPES);
        let outer = std::mem::take(&mut self.vars);
        let names: Vec<String> = (0..params.len()).map(|i| format!("p{i}")).collect();
        self.vars = names.iter().cloned().zip(params.iter().copied()).collect();
        let list = std::iter::once("n".to_string()).chain(names).collect::<Vec<_>>().join(", ");
        self.open(&format!("func {name}({list}) {{"));
        let base = self.expr(result, 1);
        self.line(&format!("if n <= 0 {{ return {base} }}"));
        self.counters.push("n".into());
        self.funs.push(Fun { name, params, result });
        for _ in 0..self.rng.below(4) {
            self.statement(2);
        }
        let value = self.expr(result, 3);
        self.line(&format!("return {value}"));
        self.close();
        self.counters.pop();
        self.vars = outer;
    }

    fn block(&mut self, depth: usize) {
        let known = self.vars.len();
        // Never empty: `x {}` would read as a struct literal.
        self.line("0");
        for _ in 0..1 + self.rng.below(3) {
            self.statement(depth);
        }
        self.vars.truncate(known);
    }

    fn statement(&mut self, depth: usize) {
        let ty = *self.rng.pick(&TYPES);
        match self.rng.below(if depth == 0 { 5 } else { 12 }) {
            0 | 1 => {
                let value = self.expr(ty, 3);
                let name = self.fresh();
                self.line(&format!("mut {name} := {value}"));
                self.vars.push((name, ty));
            }
            2 => {
                if let Some((name, ty)) = self.any_var() {
                    let value = self.expr(ty, 3);
                    self.line(&format!("{name} := {value}"));
                }
            }
            3 => {
                let value = self.expr(ty, 2);
                self.line(&format!("print({value})"));
            }
            4 => {
                if let Some(name) = self.var_of(Ty::Int) {
                    let op = *self.rng.pick(&["+=", "-=", "*="]);
                    let value = self.expr(Ty::Int, 1);
                    self.line(&format!("{name} {op} {value}"));
                }
            }
            5 => {
                let c = self.expr(Ty::Bool, 2);
                self.open(&format!("if ({c}) {{"));
                self.block(depth - 1);
                if self.rng.one_in(2) {
                    self.indent -= 1;
                    self.open("} else {");
                    self.block(depth - 1);
                }
                self.close();
            }
            6 => {
                let name = self.fresh();
                let source = match self.rng.below(3) {
                    0 => self.rng.below(6).to_string(),
                    1 => format!("({})", self.expr(Ty::Str, 1)),
                    _ => format!("({})", self.expr(Ty::List, 1)),
                };
                let counts = source.parse::<u32>().is_ok();
                self.open(&format!("for {name} in {source} {{"));
                let was = std::mem::replace(&mut self.in_loop, true);
                if counts {
                    self.counters.push(name);
                }
                self.block(depth - 1);
                if counts {
                    self.counters.pop();
                }
                self.in_loop = was;
                self.close();
            }
            7 => self.nested_update(),
            8 => {
                self.open("try {");
                self.block(depth - 1);
                if self.rng.one_in(2) {
                    let value = self.expr(ty, 1);
                    self.line(&format!("throw({value})"));
                }
                self.indent -= 1;
                self.open("} except e {");
                self.line("print(e.message)");
                self.close();
            }
            9 => {
                let (wrong, any) = (*self.rng.pick(&TYPES), *self.rng.pick(&TYPES));
                let op = *self.rng.pick(&["+", "-", "*", "/", "<", "%"]);
                let (a, b) = (self.expr(wrong, 1), self.expr(any, 1));
                self.line(&format!("print(safe(func() {{ return {a} {op} {b} }}))"));
            }
            10 if self.in_loop => {
                let c = self.expr(Ty::Bool, 1);
                let word = *self.rng.pick(&["break", "continue"]);
                self.line(&format!("if ({c}) {{ {word} }}"));
            }
            _ => {
                let subject = match self.rng.below(4) {
                    0 => format!("Ok({})", self.expr(ty, 1)),
                    1 => format!("Err({})", self.expr(ty, 1)),
                    2 => format!("Some({})", self.expr(ty, 1)),
                    _ => "None".into(),
                };
                let bound = self.fresh();
                self.open(&format!("match ({subject}) {{"));
                for case in ["Ok", "Err", "Some"] {
                    self.arm(&format!("case {case}({bound}): {{ print(\"{case}\", {bound}) }}"));
                }
                self.arm("default: { print(\"none\") }");
                self.close();
            }
        }
    }

    fn nested_update(&mut self) {
        if let Some(name) = self.var_of(Ty::List) {
            let (index, value) = (self.expr(Ty::Int, 0), self.expr(Ty::Int, 1));
            if self.rng.one_in(2) {
                self.line(&format!("if len({name}) < 40 {{ {name} := push({name}, {value}) }}"));
            } else {
                self.line(&format!("try {{ {name}[{index}] := {value} }} except e {{ print(e.message) }}"));
            }
        } else if let Some(name) = self.var_of(Ty::Dict) {
            let (key, value) = (self.expr(Ty::Str, 0), self.expr(Ty::Int, 1));
            self.line(&format!("{name}[{key}] := {value}"));
        } else if let Some(name) = self.var_of(Ty::Point) {
            let value = self.expr(Ty::Int, 1);
            self.line(&format!("{name}.x := {value}"));
        }
    }

    fn any_var(&mut self) -> Option<(String, Ty)> {
        if self.vars.is_empty() { None } else { Some(self.rng.pick(&self.vars).clone()) }
    }

    fn var_of(&mut self, ty: Ty) -> Option<String> {
        let fitting: Vec<&String> = self.vars.iter().filter(|v| v.1 == ty).map(|v| &v.0).collect();
        if fitting.is_empty() { None } else { Some((*self.rng.pick(&fitting)).clone()) }
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
        let budget =
            if self.counters.iter().any(|c| c == "n") { "n - 2".into() } else { self.rng.below(5).to_string() };
        let args: Vec<String> = params.iter().map(|p| self.expr(*p, depth.min(2) - 1)).collect();
        Some(format!("{name}({})", std::iter::once(budget).chain(args).collect::<Vec<_>>().join(", ")))
    }

    fn expr(&mut self, ty: Ty, depth: usize) -> String {
        if depth > 0
            && self.rng.one_in(6)
            && let Some(call) = self.call_of(ty, depth)
        {
            return call;
        }
        if self.rng.one_in(3)
            && let Some(name) = self.var_of(ty)
        {
            return name;
        }
        let d = depth.saturating_sub(1);
        match ty {
            Ty::Int => self.int(depth),
            Ty::Bool => self.bool(depth),
            Ty::Str => self.str(depth),
            Ty::Float => {
                if depth == 0 {
                    return (*self.rng.pick(&["0.5", "2.0", "1.25", "100.75"])).into();
                }
                let op = *self.rng.pick(&["+", "-", "*"]);
                format!("({} {op} {})", self.expr(Ty::Float, d), self.expr(Ty::Float, d))
            }
            Ty::List => self.list(depth),
            Ty::Dict => {
                if depth > 0 && self.rng.one_in(3) {
                    return format!("{{...{}, \"k\": {}}}", self.expr(Ty::Dict, d), self.expr(Ty::Int, d));
                }
                format!("{{\"a\": {}, \"b\": {}}}", self.expr(Ty::Int, d), self.expr(Ty::Str, d))
            }
            Ty::Point => {
                if depth > 0 && self.rng.one_in(2) {
                    return match self.rng.below(2) {
                        0 => format!("({} + {})", self.expr(Ty::Point, d), self.expr(Ty::Point, d)),
                        _ => format!("({}).moved({})", self.expr(Ty::Point, d), self.expr(Ty::Int, d)),
                    };
                }
                format!("(Point {{ x: {}, y: {} }})", self.expr(Ty::Int, d.min(1)), self.expr(Ty::Int, 0))
            }
        }
    }

    fn int(&mut self, depth: usize) -> String {
        if !self.counters.is_empty() && self.rng.one_in(4) {
            let known = self.counters.clone();
            return self.rng.pick(&known).clone();
        }
        if depth == 0 {
            return match self.rng.below(12) {
                0 => "9223372036854775807".into(),
                _ => self.rng.range(0, 20).to_string(),
            };
        }
        let d = depth - 1;
        match self.rng.below(9) {
            0..=4 => {
                let op = *self.rng.pick(&["+", "-", "*", "+", "-", "/", "%"]);
                let right =
                    if matches!(op, "/" | "%") { self.rng.range(1, 9).to_string() } else { self.expr(Ty::Int, d) };
                format!("({} {op} {right})", self.expr(Ty::Int, d))
            }
            5 => format!("len({})", self.expr(Ty::List, d)),
            6 => format!("(-{})", self.expr(Ty::Int, d)),
            7 => format!("({}).dot({})", self.expr(Ty::Point, d), self.expr(Ty::Point, d)),
            _ => {
                let x = self.fresh();
                let (captured, argument) = (self.expr(Ty::Int, 0), self.expr(Ty::Int, d));
                format!("(func({x}) {{ return {x} - {captured} }})({argument})")
            }
        }
    }

    fn bool(&mut self, depth: usize) -> String {
        if depth == 0 {
            return (*self.rng.pick(&["true", "false"])).into();
        }
        let d = depth - 1;
        match self.rng.below(5) {
            0 | 1 => {
                let op = *self.rng.pick(&["<", "<=", ">", ">=", "==", "!="]);
                format!("({} {op} {})", self.expr(Ty::Int, d), self.expr(Ty::Int, d))
            }
            2 => {
                let ty = *self.rng.pick(&TYPES);
                format!("({} == {})", self.expr(ty, d), self.expr(ty, d))
            }
            3 => format!("(!{})", self.expr(Ty::Bool, d)),
            _ => {
                let op = *self.rng.pick(&["&&", "||"]);
                format!("({} {op} {})", self.expr(Ty::Bool, d), self.expr(Ty::Bool, d))
            }
        }
    }

    fn str(&mut self, depth: usize) -> String {
        if depth == 0 {
            return format!("\"{}\"", *self.rng.pick(&["", "a", "xyz", "é", "1", "\\n"]));
        }
        let d = depth - 1;
        let ty = *self.rng.pick(&TYPES);
        match self.rng.below(4) {
            0 => format!("({} + {})", self.expr(Ty::Str, d), self.expr(Ty::Str, d)),
            1 => format!("substring({}, 0, 9)", self.expr(Ty::Str, d)),
            // Inside an interpolation braces and quotes are delicate; a variable is enough.
            2 => match self.any_var() {
                Some((name, _)) => format!("\"<${{{name}}}>\""),
                None => "\"${1 + 1}\"".into(),
            },
            _ => format!("to_string({})", self.expr(ty, d)),
        }
    }

    fn list(&mut self, depth: usize) -> String {
        let d = depth.saturating_sub(1);
        if depth > 0 {
            match self.rng.below(6) {
                0 => return format!("slice({}, 0, 5)", self.expr(Ty::List, d)),
                1 => return format!("sort({})", self.expr(Ty::List, d)),
                2 => {
                    let (x, k) = (self.fresh(), self.rng.range(0, 9));
                    return format!("map(slice({}, 0, 6), func({x}) {{ return {x} + {k} }})", self.expr(Ty::List, d));
                }
                3 => return format!("[...slice({}, 0, 4), {}]", self.expr(Ty::List, d), self.expr(Ty::Int, 0)),
                _ => {}
            }
        }
        let items: Vec<String> = (0..self.rng.below(4)).map(|_| self.expr(Ty::Int, d.min(1))).collect();
        format!("[{}]", items.join(", "))
    }
}
