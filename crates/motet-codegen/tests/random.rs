//! Random programs: whatever the IR's check accepts, the emitted code verifies.

use motet_bytecode::{Limits, Style, assemble, disassemble};
use motet_ir::build::{self, binary, block, expr, if_, int, local, nil, return_, set_local, truthy, unary};
use motet_ir::{
    Arg, BinOp, Class, ClassIdx, ClassKind, Elem, Entry, Expr, ExprKind, Family, Field, FuncIdx, Function,
    FunctionKind, Global, GlobalIdx, GlobalInit, Label, Local, LocalIdx, Module, Native, NativeEffects, NativeIdx,
    PlaceRoot, PlaceStep, Type, UnOp,
};
use motet_source::{FileId, Sources, Span};

const S: Span = Span { start: 1, end: 2 };
/// Locals of every random function: two ints, a bool, a list, two of any type, a record.
const LOCALS: [Type; 7] =
    [Type::Int, Type::Int, Type::Bool, Type::List, Type::Any, Type::Any, Type::Record(ClassIdx(0))];

struct Random {
    state: u64,
    /// Nodes that may still be made.
    budget: u32,
    /// Labels of the loops around.
    loops: Vec<u32>,
    labels: u32,
}

fn b(e: Expr) -> Box<Expr> {
    Box::new(e)
}

impl Random {
    fn below(&mut self, n: u32) -> u32 {
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        (self.state >> 33) as u32 % n
    }

    fn many(&mut self, most: u32, mut make: impl FnMut(&mut Self) -> Expr) -> Vec<Expr> {
        (0..self.below(most + 1)).map(|_| make(self)).collect()
    }

    /// An expression of the type, or one that never finishes.
    fn of(&mut self, ty: Type) -> Expr {
        self.budget = self.budget.saturating_sub(1);
        if self.budget == 0 {
            return self.leaf(ty);
        }
        match self.below(12) {
            0 => self.leaf(ty),
            1 => {
                let (c, t, e) = (self.of(Type::Bool), self.of(ty), self.of(ty));
                if_(c, t, e, S)
            }
            2 => {
                let mut parts = self.many(3, Self::statement);
                parts.push(self.of(ty));
                block(parts, S)
            }
            3 => self.attempt(ty),
            4 if self.below(4) == 0 => self.never(),
            5 => build::cast(ty, self.of(Type::Any)),
            _ => self.typed(ty),
        }
    }

    fn leaf(&mut self, ty: Type) -> Expr {
        match ty {
            Type::Nil => nil(S),
            Type::Int => int(i64::from(self.below(5)), S),
            Type::Bool => build::bool(self.below(2) == 0, S),
            Type::Str => build::str("s", S),
            Type::List => expr(ExprKind::List(vec![]), ty, S),
            Type::Record(c) => build::record(c, vec![("y".into(), nil(S)), ("x".into(), int(1, S))], S),
            _ => local(LocalIdx(4), Type::Any, S),
        }
    }

    fn never(&mut self) -> Expr {
        let nth = self.below(3) as usize;
        let label = self.loops.get(nth).copied();
        match (self.below(6), label) {
            (0, Some(l)) => expr(ExprKind::Continue(Label(l)), Type::Never, S),
            (1 | 2, Some(l)) => expr(ExprKind::Break(Label(l)), Type::Never, S),
            (3, _) => expr(ExprKind::Raise(b(self.of(Type::Any))), Type::Never, S),
            (4, _) => build::call(FuncIdx(1), vec![], Type::Never, S),
            _ => return_(self.of(Type::Any), S),
        }
    }

    fn attempt(&mut self, ty: Type) -> Expr {
        let (body, handler) = (self.of(ty), self.of(ty));
        let ty = body.ty.join(handler.ty);
        expr(ExprKind::Try { body: b(body), var: LocalIdx(5), handler: b(handler) }, ty, S)
    }

    fn choice(&mut self, ty: Type) -> Expr {
        let cond = match self.below(3) {
            0 => self.of(Type::Bool),
            1 => self.choice(Type::Any),
            _ => self.of(Type::Any),
        };
        let (then, else_, other) = (self.of(ty), self.of(ty), self.of(ty));
        build::choose(cond, then, else_, LocalIdx(5), other, S)
    }

    fn typed(&mut self, ty: Type) -> Expr {
        match ty {
            Type::Nil => self.statement(),
            Type::Int => match self.below(5) {
                0 => local(LocalIdx(self.below(2)), ty, S),
                1 => binary(Family::Int, BinOp::Add, self.of(ty), self.of(ty), S),
                2 => binary(Family::IntChecked, BinOp::Mul, self.of(ty), self.of(ty), S),
                3 => expr(ExprKind::Slot(b(self.of(Type::Record(ClassIdx(0)))), ClassIdx(0), 0), ty, S),
                _ => build::call(FuncIdx(2), vec![self.of(ty), self.of(Type::Any)], ty, S),
            },
            Type::Bool => match self.below(8) {
                7 => self.choice(ty),
                0 => local(LocalIdx(2), ty, S),
                1 => expr(ExprKind::And(b(self.of(ty)), b(self.of(ty))), ty, S),
                2 => expr(ExprKind::Or(b(self.of(ty)), b(self.of(ty))), ty, S),
                3 => unary(Family::Bool, UnOp::Not, self.of(ty), S),
                4 => truthy(self.of(Type::Any)),
                5 => expr(ExprKind::IsNil(b(self.of(Type::Any))), ty, S),
                _ => binary(Family::Int, BinOp::Lt, self.of(Type::Int), self.of(Type::Int), S),
            },
            Type::Str => expr(ExprKind::Concat(self.many(3, |r| r.of(Type::Any))), ty, S),
            Type::List => {
                let n = self.below(4);
                let elem = |r: &mut Self| {
                    if r.below(3) == 0 { Elem::Spread(r.of(Type::List)) } else { Elem::One(r.of(Type::Any)) }
                };
                expr(ExprKind::List((0..n).map(|_| elem(self)).collect()), ty, S)
            }
            Type::Record(_) => local(LocalIdx(6), ty, S),
            _ => self.any(),
        }
    }

    fn args(&mut self) -> Vec<Arg> {
        let arg = |r: &mut Self| {
            let spread = r.below(4) == 0;
            Arg { expr: r.of(if spread { Type::List } else { Type::Any }), spread }
        };
        (0..self.below(4)).map(|_| arg(self)).collect()
    }

    fn any(&mut self) -> Expr {
        let any = Type::Any;
        match self.below(16) {
            12 => self.choice(any),
            13 => build::part(self.of(any), self.below(3), S),
            14 => build::send_from(self.of(any), self.of(any), "s", vec![self.of(any)], S),
            15 => binary(Family::Dyn, BinOp::Mod, self.of(any), self.of(any), S),
            0 => local(LocalIdx(4), any, S),
            1 => expr(ExprKind::Global(GlobalIdx(0)), any, S),
            2 => expr(ExprKind::CallValue(b(self.of(any)), self.args()), any, S),
            3 => expr(ExprKind::Send(b(self.of(any)), "s".into(), self.args()), any, S),
            4 => expr(ExprKind::Index(b(self.of(any)), b(self.of(any))), any, S),
            5 => binary(Family::Dyn, BinOp::Add, self.of(any), self.of(any), S),
            6 => expr(
                ExprKind::Map(vec![Entry::One(self.of(any), self.of(any)), Entry::Spread(self.of(any))]),
                Type::Map,
                S,
            ),
            7 => self.of(Type::Int),
            8 => self.of(Type::Bool),
            9 => self.of(Type::Str),
            10 => self.of(Type::Record(ClassIdx(0))),
            _ => self.of(Type::Nil),
        }
    }

    fn statement(&mut self) -> Expr {
        if self.budget == 0 {
            return nil(S);
        }
        self.budget -= 1;
        match self.below(12) {
            10 => self.choice(Type::Nil),
            11 => build::set_part(self.of(Type::Any), self.below(3), self.of(Type::Any), S),
            0..=2 => {
                let l = self.below(7);
                set_local(LocalIdx(l), self.of(LOCALS[l as usize]), S)
            }
            3 => expr(ExprKind::CallNative(NativeIdx(0), self.args()), Type::Nil, S),
            4 => {
                let steps = vec![PlaceStep::Index(self.of(Type::Any)), PlaceStep::Field("x".into())];
                let value = self.of(Type::Any);
                let root =
                    if self.below(2) == 0 { PlaceRoot::Local(LocalIdx(3)) } else { PlaceRoot::Global(GlobalIdx(0)) };
                let never = value.ty == Type::Never || matches!(&steps[0], PlaceStep::Index(k) if k.ty == Type::Never);
                expr(ExprKind::SetPlace(root, steps, b(value)), if never { Type::Never } else { Type::Nil }, S)
            }
            5 | 6 => self.while_(),
            7 => self.for_(),
            _ => {
                let c = self.of(Type::Bool);
                let (t, e) = (self.of(Type::Nil), self.of(Type::Nil));
                if_(c, t, e, S)
            }
        }
    }

    /// Runs `make` inside a new loop.
    fn inside(&mut self, make: impl FnOnce(&mut Self) -> Expr) -> (Label, Expr) {
        self.labels += 1;
        let label = self.labels;
        self.loops.push(label);
        let body = make(self);
        self.loops.retain(|l| *l != label);
        (Label(label), body)
    }

    fn while_(&mut self) -> Expr {
        let cond = (self.below(5) > 0).then(|| b(self.of(Type::Bool)));
        let step = (self.below(3) == 0).then(|| b(self.of(Type::Nil)));
        let (label, body) = self.inside(Self::statement);
        expr(ExprKind::While { label, cond, body: b(body), step }, Type::Nil, S)
    }

    fn for_(&mut self) -> Expr {
        if self.below(2) == 0 {
            let (from, to) = (self.of(Type::Int), self.of(Type::Int));
            let never = from.ty == Type::Never || to.ty == Type::Never;
            let (label, body) = self.inside(Self::statement);
            let inclusive = self.below(2) == 0;
            let kind =
                ExprKind::ForRange { label, var: LocalIdx(0), from: b(from), to: b(to), inclusive, body: b(body) };
            return expr(kind, if never { Type::Never } else { Type::Nil }, S);
        }
        let iter = self.of(Type::Any);
        let ty = if iter.ty == Type::Never { Type::Never } else { Type::Nil };
        let (label, body) = self.inside(Self::statement);
        expr(ExprKind::ForEach { label, var: LocalIdx(4), iter: b(iter), body: b(body) }, ty, S)
    }
}

fn function(name: &str, params: u32, locals: &[Type], result: Type, body: Expr) -> Function {
    let locals = locals.iter().map(|ty| Local { name: "v".into(), ty: *ty }).collect();
    let (kind, captures) = (FunctionKind::Normal, vec![]);
    let (language, source, span, hidden) = (0, FileId(0), S, false);
    Function {
        name: name.into(),
        language,
        source,
        span,
        params,
        optional: 0,
        locals,
        captures,
        result,
        kind,
        hidden,
        body,
    }
}

fn program(seed: u64) -> Module {
    let mut random = Random {
        state: seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1,
        budget: 40 + (seed % 200) as u32,
        loops: vec![],
        labels: 0,
    };
    let assign = |i: usize, r: &mut Random| {
        let value = if i == 4 || i == 5 { nil(S) } else { r.leaf(LOCALS[i]) };
        set_local(LocalIdx(i as u32), value, S)
    };
    // Mostly everything is assigned at the start.
    let mut parts: Vec<Expr> = Vec::new();
    for i in 0..LOCALS.len() {
        if random.below(20) > 0 {
            parts.push(assign(i, &mut random));
        }
    }
    parts.extend((0..3).map(|_| random.statement()));
    parts.push(random.of(Type::Any));
    let mut sources = Sources::default();
    sources.add("r", "text");
    let stop = expr(ExprKind::RaiseError("stop".into()), Type::Never, S);
    Module {
        name: "r".into(),
        languages: vec!["l".into()],
        sources,
        functions: vec![
            function("main", 0, &LOCALS, Type::Any, block(parts, S)),
            function("stop", 0, &[], Type::Never, stop),
            function("id", 2, &[Type::Int, Type::Any], Type::Int, local(LocalIdx(0), Type::Int, S)),
        ],
        globals: vec![Global { name: "g".into(), ty: Type::Any, init: GlobalInit::Unset }],
        classes: vec![Class {
            name: "P".into(),
            language: 0,
            kind: ClassKind::Struct,
            fields: vec![Field { name: "x".into(), ty: Type::Int }, Field { name: "y".into(), ty: Type::Any }],
            methods: vec![],
        }],
        natives: vec![Native { name: "n".into(), result: Type::Nil, effects: NativeEffects::default() }],
        init: FuncIdx(0),
        tests: vec![],
        ..Module::default()
    }
}

#[test]
fn what_the_ir_check_accepts_verifies() {
    let (mut checked, mut rejected) = (0, String::new());
    for seed in 1..6_000 {
        let ir = program(seed);
        if let Err(error) = motet_ir::check(&ir) {
            rejected = error.to_string();
            continue;
        }
        checked += 1;
        let module = motet_codegen::emit(&ir).expect("is small");
        let text = disassemble(&module, &Style::full());
        assert_eq!(assemble(&text).as_ref(), Ok(&module), "seed {seed}");
        if let Err(error) = motet_verify::verify(module, &Limits::trusted()) {
            panic!("seed {seed}: {error}\n{text}");
        }
    }
    assert!(checked > 2_000, "only {checked} programs were checked; the last reason: {rejected}");
}
