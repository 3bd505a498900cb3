//! Random Moon programs: typed, so that every one of them passes the checker.

use std::fmt::Write as _;

use crate::rng::Rng;

/// The types that expressions are generated for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ty {
    Int,
    Bool,
    Str,
    Float,
    Ints,
    Counts,
}

const TYPES: [Ty; 6] = [Ty::Int, Ty::Bool, Ty::Str, Ty::Float, Ty::Ints, Ty::Counts];

/// Those without parts.
const SCALARS: [Ty; 4] = [Ty::Int, Ty::Bool, Ty::Str, Ty::Float];

impl Ty {
    fn text(self) -> &'static str {
        match self {
            Ty::Int => "Int",
            Ty::Bool => "Bool",
            Ty::Str => "String",
            Ty::Float => "Float",
            Ty::Ints => "Array<Int>",
            Ty::Counts => "Object<Int>",
        }
    }
}

struct Fun {
    name: String,
    params: Vec<Ty>,
    result: Ty,
}

struct Gen<'a> {
    rng: &'a mut Rng,
    /// Types of variables, parameters and results.
    types: &'static [Ty],
    out: String,
    vars: Vec<(String, Ty)>,
    /// Loop counters: readable, never assigned, so that loops end.
    counters: Vec<String>,
    funs: Vec<Fun>,
    next: usize,
    indent: usize,
    in_loop: bool,
}

/// A program of the seed.
#[must_use]
pub fn moon(rng: &mut Rng) -> String {
    program(rng, &TYPES)
}

/// A program of the seed that has neither collections nor function values.
#[must_use]
pub fn moon_scalars(rng: &mut Rng) -> String {
    program(rng, &SCALARS)
}

fn program(rng: &mut Rng, types: &'static [Ty]) -> String {
    let mut g = Gen {
        rng,
        types,
        out: String::new(),
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
    for _ in 0..3 + g.rng.below(10) {
        g.statement(3);
    }
    for (name, _) in g.vars.clone() {
        let _ = writeln!(g.out, "print({name});");
    }
    let tail = g.expr(Ty::Str, 2);
    g.out.push_str(&tail);
    g.out.push('\n');
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

    fn function(&mut self) {
        let name = format!("f{}", self.funs.len());
        let params: Vec<Ty> = (0..self.rng.below(3)).map(|_| *self.rng.pick(self.types)).collect();
        let result = *self.rng.pick(self.types);
        let outer = std::mem::take(&mut self.vars);
        let mut text = String::from("n: Int");
        for (i, ty) in params.iter().enumerate() {
            let _ = write!(text, ", p{i}: {}", ty.text());
            self.vars.push((format!("p{i}"), *ty));
        }
        self.line(&format!("fn {name}({text}) -> {} {{", result.text()));
        self.indent += 1;
        let base = self.expr(result, 1);
        self.line(&format!("if n <= 0 {{ return {base}; }}"));
        // Itself first, with a smaller first argument.
        self.counters.push("n".into());
        self.funs.push(Fun { name, params, result });
        for _ in 0..self.rng.below(4) {
            self.statement(2);
        }
        let tail = self.expr(result, 3);
        self.line(&tail);
        self.indent -= 1;
        self.line("}");
        self.counters.pop();
        self.vars = outer;
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
        let ty = *self.rng.pick(self.types);
        match self.rng.below(if depth == 0 { 4 } else { 9 }) {
            0 | 1 => {
                let value = self.expr(ty, 3);
                let name = self.fresh();
                self.line(&format!("let {name}: {} = {value};", ty.text()));
                self.vars.push((name, ty));
            }
            2 => {
                if let Some((name, ty)) = self.any_var() {
                    let value = self.expr(ty, 3);
                    self.line(&format!("{name} = {value};"));
                }
            }
            3 => {
                let value = self.expr(ty, 2);
                self.line(&format!("print({value});"));
            }
            4 => {
                let c = self.expr(Ty::Bool, 2);
                self.line(&format!("if {c} {{"));
                self.block(depth - 1);
                if self.rng.one_in(2) {
                    self.line("} else {");
                    self.block(depth - 1);
                }
                // Without the semicolon a parenthesis on the next line would continue the expression.
                self.line("};");
            }
            5 => {
                let name = self.fresh();
                let high = self.rng.below(6);
                self.line(&format!("for {name} in 0..{high} {{"));
                self.looped(&name, depth);
            }
            6 if self.collections() => {
                let name = self.fresh();
                let list = self.expr(Ty::Ints, 1);
                self.line(&format!("for {name} in copy({list}) {{"));
                self.looped(&name, depth);
            }
            7 => {
                if let Some(name) = self.var_of(Ty::Ints) {
                    let value = self.expr(Ty::Int, 2);
                    if self.rng.one_in(2) {
                        self.line(&format!("if len({name}) < 50 {{ push({name}, {value}); }}"));
                    } else {
                        let index = self.expr(Ty::Int, 1);
                        self.line(&format!("if len({name}) > 0 {{ {name}[abs({index} % len({name}))] = {value}; }}"));
                    }
                }
            }
            _ => {
                if let Some(name) = self.var_of(Ty::Counts) {
                    let (key, value) = (self.expr(Ty::Str, 1), self.expr(Ty::Int, 2));
                    self.line(&format!("{name}[substr({key}, 0, 3)] = {value};"));
                } else if self.in_loop {
                    let c = self.expr(Ty::Bool, 1);
                    let word = *self.rng.pick(&["break", "continue"]);
                    self.line(&format!("if {c} {{ {word}; }}"));
                }
            }
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

    fn collections(&self) -> bool {
        self.types.contains(&Ty::Ints)
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
        // Inside a function every call gets a smaller budget; outside a small one.
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
        if depth > 0 && self.rng.one_in(8) {
            let c = self.expr(Ty::Bool, depth - 1);
            let (a, b) = (self.expr(ty, depth - 1), self.expr(ty, depth - 1));
            return format!("(if {c} {{ {a} }} else {{ {b} }})");
        }
        match ty {
            Ty::Int => self.int(depth),
            Ty::Bool => self.bool(depth),
            Ty::Str => self.str(depth),
            Ty::Float => self.float(depth),
            Ty::Ints => self.ints(depth),
            Ty::Counts => self.counts(depth),
        }
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
        match self.rng.below(10) {
            0..=4 => {
                let op = *self.rng.pick(&["+", "-", "*", "/", "%"]);
                let (a, b) = (self.expr(Ty::Int, d), self.expr(Ty::Int, d));
                format!("({a} {op} {b})")
            }
            5 => format!("(-{})", self.expr(Ty::Int, d)),
            6 | 8 | 9 if !self.collections() => format!("len({})", self.expr(Ty::Str, d)),
            6 => format!("len({})", self.expr(Ty::Ints, d)),
            7 => {
                let f = *self.rng.pick(&["min", "max", "bit_and", "bit_or", "bit_xor", "shl", "shr", "ushr"]);
                format!("{f}({}, {})", self.expr(Ty::Int, d), self.expr(Ty::Int, d))
            }
            8 => format!("{}[{}]", self.expr(Ty::Ints, d), self.expr(Ty::Int, 0)),
            _ => {
                let (x, body) = (self.fresh(), self.rng.range(1, 9));
                let argument = self.expr(Ty::Int, d);
                let captured = self.expr(Ty::Int, 0);
                format!("(fn({x}: Int) -> Int {{ {x} * {body} + {captured} }})({argument})")
            }
        }
    }

    fn bool(&mut self, depth: usize) -> String {
        if depth == 0 {
            return (*self.rng.pick(&["true", "false"])).into();
        }
        let d = depth - 1;
        match self.rng.below(5) {
            0 => {
                let op = *self.rng.pick(&["<", "<=", ">", ">=", "==", "!="]);
                format!("({} {op} {})", self.expr(Ty::Int, d), self.expr(Ty::Int, d))
            }
            1 => {
                let op = *self.rng.pick(&["<", "<=", ">", ">=", "==", "!="]);
                format!("({} {op} {})", self.expr(Ty::Float, d), self.expr(Ty::Float, d))
            }
            2 => format!("({} == {})", self.expr(Ty::Str, d), self.expr(Ty::Str, d)),
            3 => format!("(!{})", self.expr(Ty::Bool, d)),
            _ => {
                let op = *self.rng.pick(&["&&", "||", "==", "!="]);
                format!("({} {op} {})", self.expr(Ty::Bool, d), self.expr(Ty::Bool, d))
            }
        }
    }

    fn str(&mut self, depth: usize) -> String {
        if depth == 0 {
            return format!("\"{}\"", *self.rng.pick(&["", "a", "xyz", "é", "1", "\\n"]));
        }
        let d = depth - 1;
        match self.rng.below(4) {
            0 => format!("({} + {})", self.expr(Ty::Str, d), self.expr(Ty::Str, d)),
            1 => format!("substr({}, 0, 9)", self.expr(Ty::Str, d)),
            _ => {
                let ty = *self.rng.pick(self.types);
                format!("str({})", self.expr(ty, d))
            }
        }
    }

    fn float(&mut self, depth: usize) -> String {
        if depth == 0 {
            return (*self.rng.pick(&["0.0", "1.5", "2.25", "1e300", "0.1"])).into();
        }
        let d = depth - 1;
        match self.rng.below(4) {
            0 => format!("float({})", self.expr(Ty::Int, d)),
            1 => format!("(-{})", self.expr(Ty::Float, d)),
            _ => {
                let op = *self.rng.pick(&["+", "-", "*", "/", "%"]);
                format!("({} {op} {})", self.expr(Ty::Float, d), self.expr(Ty::Float, d))
            }
        }
    }

    fn ints(&mut self, depth: usize) -> String {
        let count = 1 + self.rng.below(3);
        let d = depth.saturating_sub(1);
        if depth > 0 && self.rng.one_in(3) {
            return format!("slice({}, 0, 5)", self.expr(Ty::Ints, d));
        }
        let items: Vec<String> = (0..count).map(|_| self.expr(Ty::Int, d)).collect();
        format!("[{}]", items.join(", "))
    }

    fn counts(&mut self, depth: usize) -> String {
        let d = depth.saturating_sub(1);
        if depth > 0 && self.rng.one_in(3) {
            return format!("copy({})", self.expr(Ty::Counts, d));
        }
        format!("#{{ k: {}, \"m n\": {} }}", self.expr(Ty::Int, d), self.expr(Ty::Int, d))
    }
}
