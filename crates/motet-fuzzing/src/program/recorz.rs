//! Random Recorz programs: chunk files with classes, methods that are replaced, and do-its. Values are mostly of known
//! kinds, so that programs get far; now and then something wrong is done where a handler takes it, and sometimes where
//! none does. Methods count down their first argument, so that programs end.

use std::fmt::Write as _;

use crate::rng::Rng;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Int,
    Text,
    Bool,
    /// An `OrderedCollection` of small integers.
    Coll,
    /// A block of one argument that answers an integer.
    Block,
}

const KINDS: [Kind; 5] = [Kind::Int, Kind::Text, Kind::Bool, Kind::Coll, Kind::Block];

struct Gen<'a> {
    rng: &'a mut Rng,
    out: String,
    /// Names in scope with their kinds.
    vars: Vec<(String, Kind)>,
    /// Classes so far, `C0` and so on.
    classes: usize,
    /// Methods so far: selectors `m0:x:` and so on, which every object understands through `Object` or a class.
    methods: usize,
    /// What is passed as the first argument of sends: a countdown in methods, a small number in do-its.
    budget: &'static str,
    /// Whether a `^` has a home that is a method.
    in_method: bool,
    /// Instance variables of the class.
    fields: &'static [&'static str],
    next: usize,
    indent: usize,
}

/// A program of the seed.
#[must_use]
pub fn recorz(rng: &mut Rng) -> String {
    let mut g = Gen {
        rng,
        out: String::new(),
        vars: Vec::new(),
        classes: 0,
        methods: 0,
        budget: "3",
        in_method: false,
        fields: &[],
        next: 0,
        indent: 0,
    };
    // All methods have a definition that every object finds.
    g.header("RecorzKernelClass: #Object");
    for k in 0..3 {
        g.method(k);
    }
    g.methods = 3;
    for _ in 0..g.rng.below(3) + 1 {
        g.class();
    }
    if g.rng.one_in(3) {
        let built_in = *g.rng.pick(&["Integer", "String", "OrderedCollection", "Boolean", "UndefinedObject"]);
        g.header(&format!("RecorzKernelClass: #{built_in}"));
        let k = g.rng.below(3);
        g.method(k);
    }
    for _ in 0..g.rng.below(3) + 1 {
        g.do_it();
        if g.rng.one_in(3) {
            let class = g.rng.below(g.classes);
            g.header(&format!("RecorzKernelClass: #C{class}"));
            g.fields = &["a", "b"];
            let k = g.rng.below(3);
            g.method(k);
            g.fields = &[];
        }
    }
    g.out
}

impl Gen<'_> {
    fn header(&mut self, text: &str) {
        let _ = writeln!(self.out, "{text}\n!");
    }

    fn line(&mut self, text: &str) {
        let _ = writeln!(self.out, "{}{text}", "    ".repeat(self.indent));
    }

    fn class(&mut self) {
        let number = self.classes;
        let (superclass, fields) = match number {
            0 => ("Object".to_string(), "a b"),
            _ if self.rng.one_in(2) => (format!("C{}", self.rng.below(number)), ""),
            _ => ("Object".to_string(), "a b"),
        };
        self.header(&format!(
            "RecorzKernelClass: #C{number} superclass: #{superclass} instanceVariableNames: '{fields}'"
        ));
        self.classes += 1;
        self.fields = &["a", "b"];
        for k in 0..3 {
            if self.rng.one_in(2) {
                self.method(k);
            }
        }
        if self.rng.one_in(3) {
            let text = self.expr(Kind::Text, 0);
            let _ = writeln!(
                self.out,
                "printOn: aStream\n    super printOn: aStream.\n    aStream nextPutAll: {text}; print: a\n!"
            );
        }
        if self.rng.one_in(4) {
            let _ = writeln!(
                self.out,
                "doesNotUnderstand: aMessage\n    ^aMessage selector size + aMessage arguments size\n!"
            );
        }
        self.fields = &[];
        if self.rng.one_in(3) {
            self.header(&format!("RecorzKernelClassSide: #C{number}"));
            let k = self.rng.below(3);
            self.method(k);
        }
    }

    /// A method `mK: n x: x`, which answers an integer.
    fn method(&mut self, k: usize) {
        let _ = writeln!(self.out, "m{k}: n x: x");
        let outer = (self.budget, self.in_method, std::mem::take(&mut self.vars));
        (self.budget, self.in_method, self.indent) = ("n - 2", true, 1);
        self.vars.push(("x".into(), Kind::Int));
        self.line("| t |");
        let kind = *self.rng.pick(&KINDS);
        let first = self.expr(kind, 1);
        self.line("n < 1 ifTrue: [^3].");
        self.line(&format!("t := {first}."));
        self.vars.push(("t".into(), kind));
        for field in self.fields {
            self.line(&format!("{field} isNil ifTrue: [{field} := {}].", self.next % 7));
        }
        for _ in 0..self.rng.below(3) {
            self.statement(2);
        }
        if self.rng.one_in(6) {
            self.line(&format!("^super m{k}: n - 2 x: x"));
        } else {
            let value = self.expr(Kind::Int, 2);
            self.line(&format!("^{value}"));
        }
        (self.budget, self.in_method, self.vars) = outer;
        self.indent = 0;
        let _ = writeln!(self.out, "!");
    }

    fn do_it(&mut self) {
        let _ = writeln!(self.out, "RecorzKernelDoIt:");
        self.vars.clear();
        let mut names = Vec::new();
        for i in 0..self.rng.below(4) + 1 {
            names.push((format!("v{i}"), *self.rng.pick(&KINDS)));
        }
        let list: Vec<&str> = names.iter().map(|n| n.0.as_str()).collect();
        self.line(&format!("| {} |", list.join(" ")));
        for (name, kind) in names {
            let value = self.expr(kind, 2);
            self.line(&format!("{name} := {value}."));
            self.vars.push((name, kind));
        }
        for _ in 0..self.rng.below(5) + 1 {
            self.statement(3);
        }
        for (name, kind) in self.vars.clone() {
            if kind != Kind::Block {
                self.line(&format!("{name} printNl."));
            }
        }
        let _ = writeln!(self.out, "!");
    }

    /// Statements in brackets, with the variables of here.
    fn block(&mut self, head: &str, params: &[(&str, Kind)], depth: usize, tail: &str) {
        self.line(head);
        self.indent += 1;
        let known = self.vars.len();
        self.vars.extend(params.iter().map(|(name, kind)| (name.to_string(), *kind)));
        for _ in 0..self.rng.below(2) + 1 {
            self.statement(depth.saturating_sub(1));
        }
        self.vars.truncate(known);
        self.indent -= 1;
        self.line(tail);
    }

    fn statement(&mut self, depth: usize) {
        if depth == 0 || self.rng.one_in(3) {
            return self.simple();
        }
        let (d, i) = (depth, self.fresh("i"));
        match self.rng.below(11) {
            0 => {
                let condition = self.expr(Kind::Bool, 2);
                let word = *self.rng.pick(&["ifTrue:", "ifFalse:"]);
                self.block(&format!("{condition} {word} ["), &[], d, "].");
            }
            1 => {
                let condition = self.expr(Kind::Bool, 2);
                self.block(&format!("{condition}\n    ifTrue: ["), &[], d, "] ifFalse: [");
                self.block("", &[], d, "].");
            }
            2 => {
                let (from, to) = (self.rng.range(-1, 3), self.rng.range(0, 4));
                self.block(&format!("{from} to: {to} do: [:{i} |"), &[(&i, Kind::Int)], d, "].");
            }
            3 => {
                let step = *self.rng.pick(&["-1", "-2", "2", "1/2"]);
                let to = if step.starts_with('-') { -1 } else { 4 };
                self.block(&format!("2 to: {to} by: {step} do: [:{i} |"), &[], d, "].");
            }
            4 => {
                let count = self.rng.below(3);
                self.block(&format!("{count} timesRepeat: ["), &[], d, "].");
            }
            5 => {
                let coll = self.expr(Kind::Coll, 1);
                let word = *self.rng.pick(&["do:", "reverseDo:"]);
                self.block(&format!("({coll}) copy {word} [:{i} |"), &[(&i, Kind::Int)], d, "].");
            }
            6 => {
                let class = *self.rng.pick(&[
                    "Error",
                    "ZeroDivide",
                    "MessageNotUnderstood",
                    "Exception",
                    "NotFound, ZeroDivide",
                ]);
                self.block("[", &[], d, "");
                if self.rng.one_in(2) {
                    let wrong = self.wrong();
                    self.line(&wrong);
                }
                let end = *self.rng.pick(&[
                    "e messageText displayNl",
                    "e return: 3",
                    "e class printNl",
                    "e description printNl. e return",
                    "e retryUsing: [5]",
                    "e messageText printNl. e pass",
                ]);
                self.line(&format!("] on: {class} do: [:e | {end}]."));
            }
            7 => {
                let word = *self.rng.pick(&["ensure:", "ifCurtailed:"]);
                self.block("[", &[], d, &format!("] {word} ["));
                self.line("'after' displayNl].");
            }
            8 => {
                self.block(&format!("(Warning signal: 'w{i}') isNil ifTrue: ["), &[], d, "].");
            }
            9 => {
                let limit = self.rng.below(4);
                self.line(&format!("[| {i} | {i} := 0."));
                let head = format!("[{i} < {limit}] whileTrue: [ {i} := {i} + 1.");
                self.block(&head, &[(&i, Kind::Int)], d, "]] value.");
            }
            _ => {
                let coll = self.expr(Kind::Coll, 1);
                self.line(&format!("[:{i} | {i} printNl. {i} > 2 ifTrue: ['big' displayNl]] value: ({coll}) size."));
            }
        }
    }

    fn simple(&mut self) {
        let assignable: Vec<(String, Kind)> = self.vars.iter().filter(|v| !v.0.starts_with('i')).cloned().collect();
        match self.rng.below(10) {
            0..=3 if !assignable.is_empty() => {
                let (name, kind) = self.rng.pick(&assignable).clone();
                let value = self.expr(kind, 2);
                // What loops make larger and larger starts anew.
                match kind {
                    Kind::Int => self.line(&format!("{name} := ({value}) \\\\ 1000003.")),
                    Kind::Text | Kind::Coll => {
                        let small = self.expr(kind, 0);
                        self.line(&format!("{name} := {value}. {name} size > 40 ifTrue: [{name} := {small}]."));
                    }
                    Kind::Bool | Kind::Block => self.line(&format!("{name} := {value}.")),
                }
            }
            4 if !self.fields.is_empty() => {
                let field = *self.rng.pick(self.fields);
                let value = self.expr(Kind::Int, 1);
                self.line(&format!("{field} := ({value}) \\\\ 997."));
            }
            5 if self.in_method && self.rng.one_in(3) => {
                let (condition, value) = (self.expr(Kind::Bool, 1), self.expr(Kind::Int, 1));
                self.line(&format!("({condition}) ifTrue: [^{value}]."));
            }
            6 if self.rng.one_in(6) => {
                let wrong = self.wrong();
                self.line(&wrong);
            }
            _ => {
                let kind = *self.rng.pick(&[Kind::Int, Kind::Text, Kind::Bool, Kind::Coll]);
                let value = self.expr(kind, 2);
                let word = *self.rng.pick(&["printNl", "displayNl", "printNl", "printString displayNl"]);
                self.line(&format!("({value}) {word}."));
            }
        }
    }

    /// A statement that usually fails.
    fn wrong(&mut self) -> String {
        let (x, coll) = (self.expr(Kind::Int, 1), self.expr(Kind::Coll, 1));
        match self.rng.below(10) {
            0 => format!("({x}) / (3 - 3)."),
            1 => format!("({x}) zork: {}.", self.expr(Kind::Text, 0)),
            2 => format!("({coll}) at: {}.", self.rng.range(-1, 50)),
            3 => "OrderedCollection new removeFirst.".into(),
            4 => "Dictionary new at: #none.".into(),
            5 => format!("self error: {}.", self.expr(Kind::Text, 0)),
            6 => "[:p :q | p] value: 1.".into(),
            7 => format!("({x}) + nil."),
            8 => "NoSuchClass new.".into(),
            _ => "3 ifTrue: [1].".into(),
        }
    }

    fn fresh(&mut self, prefix: &str) -> String {
        self.next += 1;
        format!("{prefix}{}", self.next)
    }

    fn expr(&mut self, kind: Kind, depth: usize) -> String {
        if self.rng.one_in(3) {
            let fitting: Vec<&String> = self.vars.iter().filter(|v| v.1 == kind).map(|v| &v.0).collect();
            if !fitting.is_empty() {
                return (*self.rng.pick(&fitting)).clone();
            }
        }
        match kind {
            Kind::Int => self.int(depth),
            Kind::Text => self.text(depth),
            Kind::Bool => self.boolean(depth),
            Kind::Coll => self.coll(depth),
            Kind::Block => self.closure(depth),
        }
    }

    fn int(&mut self, depth: usize) -> String {
        if depth == 0 {
            return match self.rng.below(14) {
                0 => "4611686018427387904".into(),
                1 => "(1 bitShift: 61)".into(),
                2 => "-9223372036854775808".into(),
                3 if !self.fields.is_empty() => format!("(a isNil ifTrue: [{}] ifFalse: [a])", self.rng.below(9)),
                _ => self.rng.range(-3, 20).to_string(),
            };
        }
        let d = depth - 1;
        match self.rng.below(13) {
            0..=3 => {
                let op = *self.rng.pick(&["+", "-", "*", "max:", "min:"]);
                format!("({} {op} {})", self.expr(Kind::Int, d), self.expr(Kind::Int, d))
            }
            4 => {
                let op = *self.rng.pick(&["//", "\\\\", "quo:", "rem:"]);
                format!("({} {op} {})", self.expr(Kind::Int, d), *self.rng.pick(&["2", "-3", "7", "1000"]))
            }
            5 => format!("({}) size", self.expr(Kind::Coll, d)),
            6 => format!("({}) size", self.expr(Kind::Text, d)),
            7 => format!("(({}) inject: 0 into: [:s :e | s + e])", self.expr(Kind::Coll, d)),
            8 => format!("(({}) value: {})", self.expr(Kind::Block, d), self.expr(Kind::Int, d)),
            9 => format!(
                "({} ifTrue: [{}] ifFalse: [{}])",
                self.expr(Kind::Bool, d),
                self.expr(Kind::Int, d),
                self.expr(Kind::Int, d)
            ),
            10 => format!("[{}] value", self.expr(Kind::Int, d)),
            _ => self.send(d),
        }
    }

    /// A send of one of the methods.
    fn send(&mut self, depth: usize) -> String {
        if self.methods == 0 {
            return "1".into();
        }
        let k = self.rng.below(self.methods);
        let argument = self.expr(Kind::Int, depth.min(1));
        let receiver = match self.rng.below(6) {
            0 if self.in_method => "self".to_string(),
            1 => self.expr(Kind::Text, 0),
            2 => "nil".into(),
            3 if self.classes > 0 => format!("C{}", self.rng.below(self.classes)),
            _ if self.classes > 0 => format!("C{} new", self.rng.below(self.classes)),
            _ => "3".into(),
        };
        match self.rng.below(4) {
            0 => format!("({receiver} perform: #m{k}:x: with: {} with: {argument})", self.budget),
            1 => format!("({receiver} yourself; m{k}: {} x: {argument})", self.budget),
            _ => format!("({receiver} m{k}: {} x: {argument})", self.budget),
        }
    }

    fn text(&mut self, depth: usize) -> String {
        if depth == 0 {
            return (*self.rng.pick(&["''", "'a'", "'it''s'", "'xyz'", "'é'", "#sym", "#with:with:"])).into();
        }
        let d = depth - 1;
        match self.rng.below(7) {
            0 | 1 => format!("({} , {})", self.expr(Kind::Text, d), self.expr(Kind::Text, d)),
            2 => format!("({}) printString", self.expr(Kind::Int, d)),
            3 => format!("({}) printString", self.expr(Kind::Coll, d)),
            4 => format!("({}) displayString", self.expr(Kind::Bool, d)),
            5 => format!("({}) asString reverse", self.expr(Kind::Text, d)),
            _ => format!("({}) asUppercase", self.expr(Kind::Text, d)),
        }
    }

    fn boolean(&mut self, depth: usize) -> String {
        if depth == 0 {
            return (*self.rng.pick(&["true", "false", "nil isNil"])).into();
        }
        let d = depth - 1;
        match self.rng.below(6) {
            0 | 1 => {
                let op = *self.rng.pick(&["<", "<=", ">", ">=", "=", "~=", "=="]);
                format!("({} {op} {})", self.expr(Kind::Int, d), self.rng.range(-3, 20))
            }
            2 => {
                let word = *self.rng.pick(&["and:", "or:"]);
                format!("({} {word} [{}])", self.expr(Kind::Bool, d), self.expr(Kind::Bool, d))
            }
            3 => format!("({} & {}) not", self.expr(Kind::Bool, d), self.expr(Kind::Bool, d)),
            4 => format!("(({}) includes: {})", self.expr(Kind::Coll, d), self.rng.below(5)),
            _ => format!("({} = {})", self.expr(Kind::Text, d), self.expr(Kind::Text, d)),
        }
    }

    fn coll(&mut self, depth: usize) -> String {
        let d = depth.saturating_sub(1);
        if depth == 0 {
            return (*self.rng.pick(&[
                "(1 to: 3) asOrderedCollection",
                "(OrderedCollection with: 4 with: 2)",
                "OrderedCollection new",
                "#(3 1 2) asOrderedCollection",
            ]))
            .into();
        }
        let inner = self.expr(Kind::Coll, d);
        match self.rng.below(7) {
            0 => format!("({inner} collect: [:e | e * 2 \\\\ 1009])"),
            1 => format!("({inner} select: [:e | e > {}])", self.rng.below(4)),
            2 => format!("({inner} copy add: {} ; yourself)", self.rng.below(9)),
            3 => format!("({inner} , #(7)) asOrderedCollection"),
            4 => format!("({inner} asSortedCollection: [:p :q | p >= q]) asOrderedCollection"),
            5 => format!("{inner} asSet asOrderedCollection"),
            _ => format!("{inner} reverse asOrderedCollection"),
        }
    }

    fn closure(&mut self, depth: usize) -> String {
        let name = self.fresh("p");
        let body = if depth == 0 {
            format!("{name} + {}", self.rng.below(9))
        } else {
            self.vars.push((name.clone(), Kind::Int));
            let body = self.expr(Kind::Int, depth - 1);
            self.vars.pop();
            body
        };
        format!("[:{name} | {body}]")
    }
}
