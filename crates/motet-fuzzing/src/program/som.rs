//! Random SOM programs: one class with a field, methods that count down their first argument, and a class side.

use std::fmt::Write as _;

use crate::rng::Rng;

struct Gen<'a> {
    rng: &'a mut Rng,
    out: String,
    /// Variables that hold integers.
    vars: Vec<String>,
    /// What sends pass as their first argument.
    budget: &'static str,
    next: usize,
}

/// Number of methods, which all have the shape `mK: n x: x`.
const METHODS: usize = 4;

/// A program of the seed.
#[must_use]
pub fn som(rng: &mut Rng) -> String {
    let mut g = Gen { rng, out: "Main = (\n  | f g |\n".into(), vars: Vec::new(), budget: "4", next: 0 };
    for k in 0..METHODS {
        g.method(k);
    }
    if g.rng.one_in(2) {
        g.out.push_str("  doesNotUnderstand: s arguments: a = ( ^ s asString length + a length )\n");
    }
    g.out.push_str("  run = (\n    | v w |\n    f := 1. g := 2. v := 3. w := 4.\n");
    g.vars = ["v", "w", "f", "g"].map(str::to_string).to_vec();
    for _ in 0..g.rng.below(6) + 2 {
        g.statement(3);
    }
    g.out.push_str(
        "    v println. w println. f println. g println\n  )\n  ----\n  of: n = ( ^ self new m0: n x: 1 )\n)\n",
    );
    g.out
}

impl Gen<'_> {
    fn method(&mut self, k: usize) {
        let _ = writeln!(self.out, "  m{k}: n x: x = (\n    | t |\n    n < 1 ifTrue: [ ^ x ].\n    t := x.");
        let _ = writeln!(self.out, "    f ifNil: [ f := 1 ]. g ifNil: [ g := 2 ].");
        (self.budget, self.vars) = ("(n - 2)", ["t", "f", "g"].map(str::to_string).to_vec());
        for _ in 0..self.rng.below(3) {
            self.statement(2);
        }
        if self.rng.one_in(3) {
            let (condition, value) = (self.condition(1), self.int(1));
            let _ = writeln!(self.out, "    #(1 2 3) do: [ :e | {condition} ifTrue: [ ^ {value} ] ].");
        }
        let value = self.int(2);
        let _ = writeln!(self.out, "    ^ {value}\n  )");
        self.budget = "4";
    }

    fn statement(&mut self, depth: usize) {
        let (value, condition) = (self.int(2), self.condition(1));
        let name = self.rng.pick(&self.vars).clone();
        let assign = format!("{name} := {value} % 1000003");
        self.next += 1;
        let i = self.next;
        let text = match self.rng.below(if depth == 0 { 3 } else { 9 }) {
            0 | 1 => assign,
            2 => format!("({value}) println"),
            3 => format!("{condition} ifTrue: [ {assign} ] ifFalse: [ {value} println ]"),
            4 => format!("1 to: {} do: [ :i{i} | {name} := {name} + i{i}. ({value}) println ]", self.rng.below(4)),
            5 => format!("{} timesRepeat: [ {assign} ]", self.rng.below(4)),
            6 => format!("[ | c | c := 0. [ c < {} ] whileTrue: [ c := c + 1. {assign} ] ] value", self.rng.below(4)),
            7 => format!("(#(3 1 2) inject: {value} into: [ :s :e | s + (e * 2) ]) println"),
            _ => format!("({} + {value}) println", *self.rng.pick(&["'a'", "'it\\'s\\t'", "#sym asString"])),
        };
        let _ = writeln!(self.out, "    {text}.");
    }

    fn int(&mut self, depth: usize) -> String {
        if depth == 0 || self.rng.one_in(4) {
            return match self.rng.below(8) {
                0 => "4611686018427387904".into(),
                1 => "(1 << 62)".into(),
                2..=4 if !self.vars.is_empty() => self.rng.pick(&self.vars).clone(),
                _ => self.rng.range(-3, 20).to_string(),
            };
        }
        let d = depth - 1;
        match self.rng.below(9) {
            0..=2 => format!("({} {} {})", self.int(d), *self.rng.pick(&["+", "-", "*"]), self.int(d)),
            3 => format!(
                "({} {} {})",
                self.int(d),
                *self.rng.pick(&["/", "%", "rem:"]),
                *self.rng.pick(&["2", "-3", "7"])
            ),
            4 => format!("({} ifTrue: [ {} ] ifFalse: [ {} ])", self.condition(d), self.int(d), self.int(d)),
            5 => format!("([ :p | p + {} ] value: {})", self.int(d), self.int(d)),
            6 => {
                let (budget, x) = (self.budget, self.int(d));
                format!(
                    "(self perform: #m{}:x: withArguments: (Array with: {budget} with: {x}))",
                    self.rng.below(METHODS)
                )
            }
            _ => {
                let (budget, x) = (self.budget, self.int(d));
                format!("(self m{}: {budget} x: {x})", self.rng.below(METHODS))
            }
        }
    }

    fn condition(&mut self, depth: usize) -> String {
        let op = *self.rng.pick(&["<", "<=", ">", ">=", "=", "<>", "=="]);
        let simple = format!("({} {op} {})", self.int(depth.min(1)), self.rng.range(-3, 20));
        match self.rng.below(4) {
            0 if depth > 0 => format!("({simple} and: [ {} ])", self.condition(depth - 1)),
            1 if depth > 0 => format!("({simple} || {})", self.condition(depth - 1)),
            2 => format!("{simple} not"),
            _ => simple,
        }
    }
}
