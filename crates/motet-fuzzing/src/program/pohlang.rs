//! Random PohLang programs. Values are mostly of known types, so that programs
//! get far; now and then something wrong is done inside `try this:`, so that
//! errors and their messages are compared too.

use crate::rng::Rng;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ty {
    Number,
    Text,
    /// A real boolean.
    Bool,
    /// A list of numbers.
    List,
    Dictionary,
}

const TYPES: [Ty; 5] = [Ty::Number, Ty::Text, Ty::Bool, Ty::List, Ty::Dictionary];

#[derive(Clone)]
struct Fun {
    name: String,
    /// After the first, which counts down in block functions.
    params: Vec<Ty>,
    /// How many of them may be left out.
    optional: usize,
    result: Ty,
    /// Whether the first argument is what its recursion counts down.
    counts: bool,
}

struct Gen<'a> {
    rng: &'a mut Rng,
    out: String,
    vars: Vec<(String, Ty)>,
    /// Loop counters and what recursion counts down: read, never assigned, so that programs end.
    counters: Vec<String>,
    funs: Vec<Fun>,
    /// Functions around here.
    functions: usize,
    next: usize,
    indent: usize,
}

/// A program of the seed.
#[must_use]
pub fn pohlang(rng: &mut Rng) -> String {
    let mut g = Gen {
        rng,
        out: String::new(),
        vars: Vec::new(),
        counters: Vec::new(),
        funs: Vec::new(),
        functions: 0,
        next: 0,
        indent: 0,
    };
    g.line("Start Program");
    for _ in 0..g.rng.below(4) {
        g.function();
    }
    for _ in 0..4 + g.rng.below(10) {
        g.statement(3);
        // Functions see what was there when they were defined.
        if g.rng.one_in(6) {
            g.function();
        }
    }
    for (name, _) in g.vars.clone() {
        g.line(&format!("Write \"{name} \" plus {name}"));
    }
    g.line("End Program");
    g.out
}

impl Gen<'_> {
    fn line(&mut self, text: &str) {
        for _ in 0..self.indent {
            self.out.push_str("    ");
        }
        self.out.push_str(text);
        self.out.push('\n');
    }

    fn open(&mut self, text: &str) {
        self.line(text);
        self.indent += 1;
    }

    fn close(&mut self, text: &str) {
        self.indent -= 1;
        self.line(text);
    }

    fn fresh(&mut self) -> String {
        self.next += 1;
        format!("v{}", self.next)
    }

    fn block(&mut self, depth: usize) {
        for _ in 0..1 + self.rng.below(3) {
            self.statement(depth);
        }
    }

    fn function(&mut self) {
        let name = format!("f{}", self.funs.len());
        let result = *self.rng.pick(&TYPES);
        let params: Vec<Ty> = (0..self.rng.below(3)).map(|_| *self.rng.pick(&TYPES)).collect();
        let optional = self.rng.below(params.len() + 1);
        let counts = !self.rng.one_in(4);
        let known = (self.vars.clone(), core::mem::take(&mut self.counters));
        let mut head = Vec::new();
        if counts {
            head.push("n".to_string());
        }
        for (number, &ty) in params.iter().enumerate() {
            let param = format!("p{number}");
            if number + optional >= params.len() {
                let default = self.expr(ty, 1);
                let word = *self.rng.pick(&["set to", "defaulting to"]);
                head.push(format!("{param} {word} {default}"));
            } else {
                head.push(param.clone());
            }
            self.vars.push((param, ty));
        }
        let fun = Fun { name: name.clone(), params, optional, result, counts };
        let head = if head.is_empty() { String::new() } else { format!(" with {}", head.join(", ")) };
        if !counts {
            let value = self.expr(result, 2);
            match self.rng.below(2) {
                0 if !head.is_empty() => self.line(&format!("Define function {name}{head} as {value}")),
                _ => self.line(&format!("Make {name}{head} Write {value}")),
            }
            (self.vars, self.counters) = known;
            self.funs.push(fun);
            return;
        }
        self.open(&format!("Make {name}{head}"));
        self.counters.push("n".into());
        self.functions += 1;
        let base = self.expr(result, 1);
        self.open("If n <= 0");
        self.line(&format!("Return {base}"));
        self.close("End");
        self.funs.push(fun);
        for _ in 0..1 + self.rng.below(4) {
            self.statement(2);
        }
        if !self.rng.one_in(6) {
            let value = self.expr(result, 2);
            self.line(&format!("Return {value}"));
        }
        self.close("End");
        self.functions -= 1;
        (self.vars, self.counters) = known;
    }

    /// A function inside what runs here, and a use of it.
    fn inner_function(&mut self) {
        let name = self.fresh();
        let known = self.vars.clone();
        let free = self.expr(Ty::Number, 1);
        match self.rng.below(3) {
            0 => self.line(&format!("Make {name} with q Write q plus {free}")),
            1 => {
                self.open(&format!("Make {name} with q"));
                self.line("If q <= 0");
                self.line("    Return 0");
                self.line("End");
                self.line(&format!("Return q plus {name}(q minus 1) plus {free}"));
                self.close("End");
            }
            _ => {
                self.open(&format!("Make {name} with q"));
                self.vars.push(("q".into(), Ty::Number));
                self.functions += 1;
                self.block(1);
                self.functions -= 1;
                self.line("Return q");
                self.close("End");
            }
        }
        self.vars = known;
        if self.rng.one_in(2) {
            // What it captured keeps its value.
            self.statement(0);
        }
        let alias = if self.rng.one_in(3) {
            let alias = self.fresh();
            self.line(&format!("Set {alias} to {name}"));
            alias
        } else {
            name
        };
        let argument = self.rng.range(0, 4);
        match self.rng.below(3) {
            0 => self.line(&format!("Use {alias} with {argument}")),
            1 => self.line(&format!("Write \"{alias} \" plus {alias}({argument}) plus {alias}")),
            _ => self.line(&format!("Write {alias} with {argument}")),
        }
    }

    fn statement(&mut self, depth: usize) {
        let ty = *self.rng.pick(&TYPES);
        match self.rng.below(if depth == 0 { 6 } else { 15 }) {
            0 | 1 => self.set(ty),
            2 => self.update(),
            3 => {
                let value = self.expr(ty, 3);
                self.line(&format!("Write {value}"));
            }
            4 => {
                let (c, a, b) = (self.condition(2), self.expr(ty, 1), self.expr(ty, 1));
                let line = match self.rng.below(3) {
                    0 => format!("If {c} Write {a}"),
                    1 => format!("If {c} Write {a} Otherwise Write {b}"),
                    _ => format!("If {c} Write {a} Otherwise {b}"),
                };
                self.line(&line);
            }
            5 => {
                if let Some(call) = self.call(None, 1) {
                    let word = *self.rng.pick(&["Write", "Set w to"]);
                    self.line(&format!("{word} {call}"));
                }
            }
            6 | 7 => {
                let c = self.condition(2);
                let colon = if self.rng.one_in(4) { ":" } else { "" };
                self.open(&format!("If {c}{colon}"));
                self.block(depth - 1);
                if self.rng.one_in(2) {
                    self.close("Otherwise");
                    self.indent += 1;
                    self.block(depth - 1);
                }
                let end = *self.rng.pick(&["End", "End If"]);
                self.close(end);
            }
            8 | 9 => {
                let (name, high) = (self.fresh(), self.rng.below(6));
                self.line(&format!("Set {name} to 0"));
                self.open(&format!("While {name} < {high}"));
                self.counters.push(name.clone());
                self.block(depth - 1);
                self.counters.pop();
                self.line(&format!("Increase {name}"));
                self.close("End");
            }
            10 => {
                let count = self.rng.below(5);
                let count = if self.rng.one_in(3) { format!("{count}.7") } else { count.to_string() };
                let times = if self.rng.one_in(4) { "" } else { " times" };
                self.open(&format!("Repeat {count}{times}"));
                self.block(depth - 1);
                self.close("End");
            }
            11 | 12 => self.attempt(depth),
            13 => self.inner_function(),
            _ => {
                if self.functions > 0 && self.rng.one_in(2) {
                    let (c, value) = (self.condition(1), self.expr(ty, 1));
                    self.open(&format!("If {c}"));
                    self.line(&format!("Return {value}"));
                    self.close("End");
                } else {
                    // A name that is bound nowhere, or only sometimes.
                    let name = self.rng.below(self.next + 2);
                    self.line(&format!("Write v{name} is \"<v{name}>\""));
                }
            }
        }
    }

    fn set(&mut self, ty: Ty) {
        let value = self.expr(ty, 3);
        let name = match self.rng.below(3) {
            0 => self.var_of(ty).unwrap_or_else(|| self.fresh()),
            _ => self.fresh(),
        };
        let to = if self.rng.one_in(8) { "" } else { "to " };
        self.line(&format!("Set {name} {to}{value}"));
        self.bound(&name, ty);
        if !self.vars.iter().any(|v| v.0 == name) {
            self.vars.push((name, ty));
        }
    }

    /// Keeps collections and texts small, whatever loops do.
    fn bound(&mut self, name: &str, ty: Ty) {
        let small = match ty {
            Ty::Number | Ty::Bool => return,
            Ty::Text => "\"cut\"",
            Ty::List => "range(2)",
            Ty::Dictionary => "new json object",
        };
        self.open(&format!("If count of {name} > 60"));
        self.line(&format!("Set {name} to {small}"));
        self.close("End");
    }

    fn update(&mut self) {
        if self.vars.is_empty() {
            return;
        }
        let (name, ty) = self.rng.pick(&self.vars).clone();
        let line = match ty {
            Ty::Number => {
                let word = *self.rng.pick(&["Increase", "Decrease"]);
                let amount = self.expr(Ty::Number, 1);
                format!("{word} {name} by {amount}")
            }
            Ty::Text => {
                let other = *self.rng.pick(&TYPES);
                format!("Increase {name} by {}", self.expr(other, 1))
            }
            Ty::Bool => format!("Set {name} to {}", self.expr(Ty::Bool, 2)),
            Ty::List => {
                let item = self.expr(Ty::Number, 1);
                match self.rng.below(4) {
                    0 => format!("Set {name} to append {item} to {name}"),
                    1 => format!("Set {name} to insert {item} at {} in {name}", self.rng.range(-2, 5)),
                    2 => format!("Set {name} to remove {item} from {name}"),
                    _ => format!("Set {name} to push {item} to json {name}"),
                }
            }
            Ty::Dictionary => {
                let (key, ty) = (self.key(), *self.rng.pick(&TYPES));
                let value = self.expr(if ty == Ty::Dictionary { Ty::Number } else { ty }, 1);
                format!("Set {name} to set {key} in json {name} to {value}")
            }
        };
        self.line(&line);
        self.bound(&name, ty);
    }

    fn key(&mut self) -> &'static str {
        self.rng.pick::<&str>(&["\"a\"", "\"b\"", "\"é\"", "\"k 1\""])
    }

    /// A `try this:` in which something may go wrong.
    fn attempt(&mut self, depth: usize) {
        let head = if self.rng.one_in(4) { "TRY THIS:" } else { "try this:" };
        self.open(head);
        if self.rng.one_in(2) {
            self.block(depth - 1);
        }
        let wrong = self.wrong();
        self.line(&wrong);
        if self.rng.one_in(3) {
            self.block(depth - 1);
        }
        if self.rng.one_in(2) {
            let kind = *self.rng.pick(&["\"division\"", "\"Stock\"", "TypeError", "\"RuntimeError\"", "index"]);
            let name = self.fresh();
            self.close(&format!("if error of type {kind} as {name}"));
            self.indent += 1;
            self.line(&format!("Write \"1 \" plus {name}"));
            self.block(depth - 1);
        }
        // Without this the error goes on.
        if !self.rng.one_in(5) {
            let name = self.fresh();
            self.close(&format!("if error as {name}"));
            self.indent += 1;
            self.line(&format!("Write \"2 \" plus {name}"));
            if self.rng.one_in(4) {
                self.block(depth - 1);
            }
        }
        if self.rng.one_in(3) {
            self.close("finally:");
            self.indent += 1;
            self.line("Write \"finally\"");
            if self.rng.one_in(3) {
                self.block(depth - 1);
            }
        }
        let end = if self.rng.one_in(2) { "End" } else { "end try" };
        self.close(end);
    }

    /// A line that usually fails.
    fn wrong(&mut self) -> String {
        let (x, other) = (self.expr(Ty::Number, 1), *self.rng.pick(&TYPES));
        let value = self.expr(other, 1);
        match self.rng.below(14) {
            0 => format!("Set w to {x} divided by ({x} minus {x})"),
            1 => format!("Write {value} minus 1"),
            2 => format!("throw {value}"),
            3 => "throw error of type Stock with message \"none left\"".into(),
            4 => format!("throw error of type \"typeerror\" with message {value}"),
            5 => format!("Write {}[{}]", self.atom(Ty::List), self.rng.range(-3, 9)),
            6 => format!("Write {}[{}]", self.atom(Ty::Dictionary), self.key()),
            7 => format!("Write {}[{}]", self.atom(Ty::Text), self.rng.range(-3, 9)),
            8 => format!("Write {value}[{x}]"),
            9 => format!("Write nosuch({x})"),
            10 => "Write parse json from \"[1,\"".into(),
            11 => format!("Write total of {value}"),
            12 => format!("Write largest in {}", self.atom(Ty::List)),
            _ => match self.call(None, 1) {
                Some(call) if !call.ends_with("()") => format!("Write {}, 1, 2, 3)", &call[..call.len() - 1]),
                _ => format!("Write error message of {value}"),
            },
        }
    }

    fn var_of(&mut self, ty: Ty) -> Option<String> {
        let fitting: Vec<&String> = self.vars.iter().filter(|v| v.1 == ty).map(|v| &v.0).collect();
        if fitting.is_empty() { None } else { Some((*self.rng.pick(&fitting)).clone()) }
    }

    /// A call of a function with a result of a type, or of any.
    fn call(&mut self, ty: Option<Ty>, depth: usize) -> Option<String> {
        let fitting: Vec<&Fun> = self.funs.iter().filter(|f| ty.is_none_or(|ty| f.result == ty)).collect();
        if fitting.is_empty() {
            return None;
        }
        let fun = (*self.rng.pick(&fitting)).clone();
        let mut args = Vec::new();
        if fun.counts {
            // In functions every call gets less than its caller.
            args.push(if self.functions > 0 { "n minus 2".into() } else { self.rng.below(5).to_string() });
        } else if self.functions == 0 && self.rng.one_in(2) && fun.params.is_empty() {
            return Some(format!("{}()", fun.name));
        }
        let given = fun.params.len() - self.rng.below(fun.optional + 1);
        for &param in &fun.params[..given] {
            args.push(self.expr(param, depth.min(2).saturating_sub(1)));
        }
        Some(format!("{}({})", fun.name, args.join(", ")))
    }

    fn condition(&mut self, depth: usize) -> String {
        let d = depth.saturating_sub(1);
        match self.rng.below(6) {
            0 => {
                let ty = *self.rng.pick(&TYPES);
                self.expr(ty, d)
            }
            1 => format!("not {}", self.atom(Ty::Bool)),
            2 => {
                let word = *self.rng.pick(&["and", "or"]);
                format!("{} {word} {}", self.atom(Ty::Bool), self.atom(Ty::Number))
            }
            3 => {
                let (a, b) = (*self.rng.pick(&TYPES), *self.rng.pick(&TYPES));
                let op = *self.rng.pick(&["is", "is not", "equals", "<", "is at least"]);
                format!("{} {op} {}", self.atom(a), self.atom(b))
            }
            _ => {
                let op = *self.rng.pick(&["<", "<=", ">", ">=", "is", "is not", "is greater than or equal to"]);
                format!("{} {op} {}", self.atom(Ty::Number), self.atom(Ty::Number))
            }
        }
    }

    /// Something without operators: a name, a literal, or an expression in parentheses.
    fn atom(&mut self, ty: Ty) -> String {
        self.expr(ty, 1)
    }

    fn expr(&mut self, ty: Ty, depth: usize) -> String {
        if depth > 0
            && self.rng.one_in(8)
            && let Some(call) = self.call(Some(ty), depth)
        {
            return call;
        }
        if self.rng.one_in(3)
            && let Some(name) = self.var_of(ty)
        {
            return name;
        }
        match ty {
            Ty::Number => self.number(depth),
            Ty::Text => self.text(depth),
            Ty::Bool => self.boolean(depth),
            Ty::List => self.list(depth),
            Ty::Dictionary => self.dictionary(depth),
        }
    }

    fn number(&mut self, depth: usize) -> String {
        if !self.counters.is_empty() && self.rng.one_in(3) {
            let known = self.counters.clone();
            return self.rng.pick(&known).clone();
        }
        if depth == 0 {
            return match self.rng.below(12) {
                0 => (*self.rng.pick(&["1e16", "1e20", "-0.0", "inf", "nan", "9007199254740993"])).into(),
                1 => (*self.rng.pick(&["0.1", "2.5", "-3.25", "1e-7"])).into(),
                _ => self.rng.range(-3, 20).to_string(),
            };
        }
        let d = depth - 1;
        match self.rng.below(12) {
            0..=3 => {
                let op = *self.rng.pick(&["plus", "minus", "times", "+", "-", "*"]);
                format!("({} {op} {})", self.expr(Ty::Number, d), self.expr(Ty::Number, d))
            }
            4 => {
                let divisor = *self.rng.pick(&["2", "3", "0.5", "-7", "10"]);
                format!("({} divided by {divisor})", self.expr(Ty::Number, d))
            }
            5 => {
                let ty = *self.rng.pick(&[Ty::List, Ty::Text, Ty::Dictionary]);
                format!("(count of {})", self.expr(ty, d))
            }
            6 => format!("(total of {})", self.expr(Ty::List, d)),
            7 => {
                let phrase = *self.rng.pick(&["round", "round down", "round up", "absolute value of"]);
                format!("({phrase} {})", self.expr(Ty::Number, d))
            }
            8 => {
                let ty = *self.rng.pick(&[Ty::List, Ty::Text, Ty::Dictionary]);
                format!("length({})", self.expr(ty, d))
            }
            9 => format!("({})", self.condition(d)),
            10 => format!("sum({})", self.expr(Ty::List, d)),
            _ => format!("abs({})", self.expr(Ty::Number, d)),
        }
    }

    fn text(&mut self, depth: usize) -> String {
        if depth == 0 {
            return format!("\"{}\"", *self.rng.pick(&["", "a", "xyz", "é plus", " b ", "1", "2.5"]));
        }
        let d = depth - 1;
        match self.rng.below(8) {
            0..=2 => {
                let ty = *self.rng.pick(&TYPES);
                format!("({} plus {})", self.expr(Ty::Text, d), self.expr(ty, d))
            }
            3 => {
                let phrase = *self.rng.pick(&[
                    "make uppercase",
                    "make lowercase",
                    "trim spaces from",
                    "reverse of",
                    "error type of error of type x with message",
                ]);
                format!("({phrase} {})", self.expr(Ty::Text, d))
            }
            4 => format!("(join {} with {})", self.expr(Ty::List, d), self.expr(Ty::Text, 0)),
            5 => {
                let ty = *self.rng.pick(&TYPES);
                format!("(convert to json {})", self.expr(ty, d))
            }
            6 => format!("join(split({}, \"\"), \"-\")", self.expr(Ty::Text, 0)),
            _ => {
                let ty = *self.rng.pick(&TYPES);
                format!("(\"\" plus {})", self.expr(ty, d))
            }
        }
    }

    fn boolean(&mut self, depth: usize) -> String {
        if depth == 0 {
            return (*self.rng.pick(&["True", "False"])).into();
        }
        let d = depth - 1;
        let ty = *self.rng.pick(&TYPES);
        match self.rng.below(3) {
            0 => format!("(contains {} in {})", self.expr(ty, d), self.expr(Ty::List, d)),
            1 => format!("(contains {} in {})", self.expr(Ty::Text, 0), self.expr(Ty::Text, d)),
            _ => format!("(contains {} in {})", self.key(), self.expr(Ty::Dictionary, d)),
        }
    }

    fn list(&mut self, depth: usize) -> String {
        let d = depth.saturating_sub(1);
        if depth == 0 || self.rng.one_in(3) {
            return match self.rng.below(3) {
                0 => format!("range({})", self.rng.below(5)),
                1 => "(new json array)".into(),
                _ => format!("(Make a list of {}, {})", self.expr(Ty::Number, 0), self.expr(Ty::Number, 0)),
            };
        }
        let item = self.expr(Ty::Number, d);
        match self.rng.below(5) {
            0 => format!("(append {item} to {})", self.expr(Ty::List, d)),
            1 => format!("(insert {item} at {} in {})", self.rng.range(-2, 4), self.expr(Ty::List, d)),
            2 => format!("(remove {item} from {})", self.expr(Ty::List, d)),
            3 => format!("(reverse of {})", self.expr(Ty::List, d)),
            _ => format!("range({}, {}, {})", self.rng.range(-3, 3), self.rng.range(0, 6), self.rng.range(1, 3)),
        }
    }

    fn dictionary(&mut self, depth: usize) -> String {
        let d = depth.saturating_sub(1);
        if depth == 0 || self.rng.one_in(3) {
            return "(Make a dictionary with \"k 1\" set to 1, \"a\" as \"t\")".into();
        }
        let ty = *self.rng.pick(&[Ty::Number, Ty::Text, Ty::Bool, Ty::List]);
        let value = self.expr(ty, d);
        match self.rng.below(3) {
            0 => format!("(set {} in json {} to {value})", self.key(), self.expr(Ty::Dictionary, d)),
            1 => format!("(Make a dictionary with {} set to {value} and {} as 2)", self.key(), self.key()),
            _ => format!("(parse json from (convert to json {}))", self.expr(Ty::Dictionary, d)),
        }
    }
}
