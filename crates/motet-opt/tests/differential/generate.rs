//! Random programs that pass the checker.

use motet_ir::{
    Arg, BinOp, Elem, Expr, ExprKind, Family, FuncIdx, Function, FunctionKind, Global, GlobalIdx, GlobalInit, Label,
    Local, LocalIdx, Module, Native, NativeEffects, NativeIdx, PlaceRoot, PlaceStep, Type, build,
};
use motet_source::{FileId, Span};

/// Locals of type `any`, parameters included; then come two of type `int`.
const ANY: u32 = 4;

/// The program of this seed: two parameters and some locals per function, calls only of earlier functions.
pub fn program(seed: u64) -> Module {
    let mut random = Generator { state: seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1, span: 0, label: 0, func: 0 };
    random.label = 0;
    let native = |name: &str, result, pure, consumes_first, retains| Native {
        name: name.into(),
        result,
        effects: NativeEffects { pure, consumes_first, retains, part: false },
    };
    let mut module = Module {
        name: "random".into(),
        languages: vec!["l".into()],
        natives: vec![
            native("push", Type::Any, false, true, true),
            native("len", Type::Int, true, false, false),
            native("show", Type::Nil, false, false, false),
        ],
        globals: vec![Global { name: "g".into(), ty: Type::Any, init: GlobalInit::Nil }],
        ..Module::default()
    };
    for func in 0..4 {
        random.func = func;
        let params = if func == 3 { 0 } else { 2 };
        module.functions.push(random.function(params));
    }
    module.init = FuncIdx(3);
    module
}

struct Generator {
    state: u64,
    span: u32,
    label: u32,
    func: u32,
}

impl Generator {
    fn below(&mut self, n: u64) -> u64 {
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        (self.state >> 11) % n
    }

    fn span(&mut self) -> Span {
        self.span += 1;
        Span { start: self.span, end: self.span }
    }

    fn function(&mut self, params: u32) -> Function {
        let mut locals = vec![Local { name: "x".into(), ty: Type::Any }; ANY as usize];
        locals.extend(vec![Local { name: "i".into(), ty: Type::Int }; 2]);
        self.label = 0;
        let mut parts: Vec<Expr> = Vec::new();
        for local in params..ANY {
            if self.below(8) > 0 {
                let value = if self.below(5) > 0 { self.list(1) } else { self.scalar() };
                parts.push(build::set_local(LocalIdx(local), value, Span::default()));
            }
        }
        let count = 3 + self.below(6);
        for _ in 0..count {
            parts.push(self.statement(3, &[]));
        }
        if self.below(4) == 0 {
            let everything = (0..ANY).map(|l| self.read(LocalIdx(l))).collect();
            parts.push(self.native(2, Type::Nil, everything));
        }
        parts.push(self.kept(1));
        let body = build::block(parts, Span::default());
        Function {
            name: "f".into(),
            language: 0,
            source: FileId(0),
            span: Span::default(),
            params,
            optional: 0,
            locals,
            captures: Vec::new(),
            result: Type::Any,
            kind: FunctionKind::Normal,
            hidden: false,
            body,
        }
    }

    fn node(&mut self, kind: ExprKind, ty: Type) -> Expr {
        let span = self.span();
        build::expr(kind, ty, span)
    }

    fn native(&mut self, native: u32, result: Type, args: Vec<Expr>) -> Expr {
        let args = args.into_iter().map(|expr| Arg { expr, spread: false }).collect();
        self.node(ExprKind::CallNative(NativeIdx(native), args), result)
    }

    fn local(&mut self) -> LocalIdx {
        LocalIdx(self.below(u64::from(ANY)) as u32)
    }

    fn read(&mut self, local: LocalIdx) -> Expr {
        self.node(ExprKind::Local(local), Type::Any)
    }

    fn share(&mut self, value: Expr) -> Expr {
        let ty = value.ty;
        self.node(ExprKind::Share(Box::new(value)), ty)
    }

    fn scalar(&mut self) -> Expr {
        let span = self.span();
        match self.below(5) {
            0 => build::str("s", span),
            1 => build::bool(true, span),
            _ => build::int(self.below(3) as i64, span),
        }
    }

    fn list(&mut self, depth: u32) -> Expr {
        let count = self.below(3);
        let elems = (0..count).map(|_| Elem::One(self.kept(depth.saturating_sub(1)))).collect();
        self.node(ExprKind::List(elems), Type::List)
    }

    /// A value that somebody will hold: marked if another holds it already.
    fn kept(&mut self, depth: u32) -> Expr {
        match self.below(if depth == 0 { 3 } else { 8 }) {
            0 => self.scalar(),
            1 | 2 => {
                let local = self.local();
                let read = self.read(local);
                self.share(read)
            }
            3 => self.list(depth),
            4 => {
                let element = self.index(depth);
                self.share(element)
            }
            5 => self.call(depth),
            6 => {
                let args = vec![self.kept(depth - 1), self.kept(depth - 1)];
                self.native(0, Type::Any, args)
            }
            _ => {
                let kind = ExprKind::Global(GlobalIdx(0));
                let read = self.node(kind, Type::Any);
                self.share(read)
            }
        }
    }

    fn call(&mut self, depth: u32) -> Expr {
        if self.func == 0 {
            return self.scalar();
        }
        let callee = FuncIdx(self.below(u64::from(self.func)) as u32);
        let args = vec![self.kept(depth - 1), self.kept(depth - 1)];
        self.node(ExprKind::Call(callee, args), Type::Any)
    }

    fn index(&mut self, depth: u32) -> Expr {
        let local = self.local();
        let mut base = self.read(local);
        let mut index = self.small();
        if depth > 1 && self.below(4) == 0 {
            // The index may update the base, which is held meanwhile.
            base = self.share(base);
            index = self.effect(depth - 1);
        }
        self.node(ExprKind::Index(Box::new(base), Box::new(index)), Type::Any)
    }

    fn small(&mut self) -> Expr {
        let span = self.span();
        build::int(self.below(2) as i64, span)
    }

    /// A number, after an assignment.
    fn effect(&mut self, depth: u32) -> Expr {
        let first = self.assignment(depth);
        let value = self.small();
        build::block(vec![first, value], Span::default())
    }

    /// A value that is only looked at; computing it changes nothing.
    fn seen(&mut self, depth: u32) -> Expr {
        match self.below(if depth == 0 { 2 } else { 7 }) {
            0 => self.scalar(),
            1 => {
                let local = self.local();
                self.read(local)
            }
            2 | 3 => {
                let op = [BinOp::Add, BinOp::Sub, BinOp::Lt, BinOp::Eq][self.below(4) as usize];
                let (a, b) = (self.seen(depth - 1), self.seen(depth - 1));
                let span = self.span();
                build::binary(Family::Dyn, op, a, b, span)
            }
            4 => self.index(1),
            5 => {
                let kept = self.kept(0);
                self.native(1, Type::Int, vec![kept])
            }
            _ => {
                let kind = ExprKind::IsNil(Box::new(self.seen(depth - 1)));
                self.node(kind, Type::Bool)
            }
        }
    }

    fn condition(&mut self, depth: u32) -> Expr {
        let seen = self.seen(depth);
        build::truthy(seen)
    }

    /// Whether a list that grows now and then is still short: most loops end.
    fn countdown(&mut self) -> Expr {
        let local = self.local();
        let read = self.read(local);
        let shared = self.share(read);
        let length = self.native(1, Type::Int, vec![shared]);
        let (zero, span) = (build::int(3, Span::default()), self.span());
        build::truthy(build::binary(Family::Dyn, BinOp::Lt, length, zero, span))
    }

    fn assignment(&mut self, depth: u32) -> Expr {
        let local = self.local();
        match self.below(8) {
            0 | 6 => {
                let value = self.kept(depth);
                let mut steps = vec![PlaceStep::Index(self.small())];
                if self.below(3) == 0 {
                    steps.push(PlaceStep::Index(self.small()));
                }
                let root = if self.below(5) == 0 { PlaceRoot::Global(GlobalIdx(0)) } else { PlaceRoot::Local(local) };
                self.node(ExprKind::SetPlace(root, steps, Box::new(value)), Type::Nil)
            }
            1 | 7 => {
                let (list, value) = (self.read(local), self.kept(depth.saturating_sub(1)));
                let list = self.share(list);
                let pushed = self.native(0, Type::Any, vec![list, value]);
                build::set_local(local, pushed, Span::default())
            }
            2 => {
                let value = Box::new(self.kept(depth));
                self.node(ExprKind::SetGlobal(GlobalIdx(0), value), Type::Nil)
            }
            3 => {
                let value = self.seen(depth);
                // What is computed may still be a list that was only read.
                let value = self.share(value);
                build::set_local(local, value, Span::default())
            }
            _ => {
                let value = self.kept(depth);
                build::set_local(local, value, Span::default())
            }
        }
    }

    fn block(&mut self, depth: u32, loops: &[Label]) -> Expr {
        let count = 1 + self.below(3);
        let parts = (0..count).map(|_| self.statement(depth, loops)).collect();
        build::block(parts, Span::default())
    }

    fn statement(&mut self, depth: u32, loops: &[Label]) -> Expr {
        match self.below(if depth == 0 { 6 } else { 16 }) {
            0..=3 => self.assignment(2),
            4 => {
                let local = self.local();
                let args = vec![self.read(local), self.seen(2)];
                self.native(2, Type::Nil, args)
            }
            5 => self.exit(loops),
            6 | 7 => {
                let (cond, then, otherwise) =
                    (self.condition(2), self.block(depth - 1, loops), self.block(depth - 1, loops));
                let span = self.span();
                build::if_(cond, then, otherwise, span)
            }
            8 | 9 => {
                let var = self.local();
                let (body, handler) = (self.block(depth - 1, loops), self.block(depth - 1, loops));
                let ty = body.ty.join(handler.ty);
                self.node(ExprKind::Try { body: Box::new(body), var, handler: Box::new(handler) }, ty)
            }
            14 | 15 => {
                // What is neither true nor false is kept.
                let cond = match self.below(3) {
                    0 => self.seen(2),
                    _ => self.kept(1),
                };
                let (cond, var) = (self.share(cond), self.local());
                let (then, else_) = (self.block(depth - 1, loops), self.block(depth - 1, loops));
                let other = self.block(depth - 1, loops);
                let ty = then.ty.join(else_.ty).join(other.ty);
                let (cond, then, else_) = (Box::new(cond), Box::new(then), Box::new(else_));
                self.node(ExprKind::Choose { cond, then, else_, var, other: Box::new(other) }, ty)
            }
            _ => self.repeat(depth, loops),
        }
    }

    fn exit(&mut self, loops: &[Label]) -> Expr {
        let kind = match (self.below(16), loops.last()) {
            (0, _) => ExprKind::Return(Box::new(self.kept(1))),
            (1, _) => ExprKind::Raise(Box::new(self.kept(1))),
            (2, Some(label)) => ExprKind::Continue(*label),
            (_, Some(_)) => ExprKind::Break(loops[self.below(loops.len() as u64) as usize]),
            _ => return self.assignment(1),
        };
        let exit = self.node(kind, Type::Never);
        let cond = self.condition(2);
        let span = self.span();
        let nil = build::nil(span);
        if self.below(4) == 0 { exit } else { build::if_(cond, exit, nil, span) }
    }

    fn repeat(&mut self, depth: u32, loops: &[Label]) -> Expr {
        let label = Label(self.label);
        self.label += 1;
        let mut inside = loops.to_vec();
        inside.push(label);
        let body = Box::new(self.block(depth - 1, &inside));
        let kind = match self.below(3) {
            0 => {
                let cond = if self.below(16) == 0 { None } else { Some(Box::new(self.countdown())) };
                let step = if self.below(2) == 0 { None } else { Some(Box::new(self.assignment(1))) };
                ExprKind::While { label, cond, body, step }
            }
            1 => {
                let (from, to) = (Box::new(self.small()), Box::new(build::int(3, Span::default())));
                let var = LocalIdx(ANY + self.below(2) as u32);
                let body = if self.below(2) == 0 {
                    // The loop variable is used too.
                    let read = build::local(var, Type::Int, Span::default());
                    let target = self.local();
                    let copy = build::set_local(target, read, Span::default());
                    Box::new(build::block(vec![copy, *body], Span::default()))
                } else {
                    body
                };
                ExprKind::ForRange { label, var, from, to, inclusive: self.below(2) == 0, body }
            }
            _ => {
                let local = self.local();
                let read = self.read(local);
                let iter = Box::new(self.share(read));
                ExprKind::ForEach { label, var: self.local(), iter, body }
            }
        };
        self.node(kind, Type::Nil)
    }
}
