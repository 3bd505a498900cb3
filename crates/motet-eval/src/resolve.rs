//! From IR expressions to the walked tree.
//!
//! Recursion is bounded by `motet_ir::MAX_DEPTH`, which the checker proved.

use alloc::{boxed::Box, vec, vec::Vec};

use motet_ir::{Arg, Elem, Entry, Expr, ExprKind, Label, Module, PlaceRoot, PlaceStep, Type};
use motet_runtime::{BinOp, ClassId, FuncId, Runtime, Shared, Value};
use motet_source::Span;

use crate::{
    load::{Links, func_kind},
    tree::{Code, Fold, Node, NodeIdx, Op, Root, Step},
};

/// Values that a constructor takes at once; see [`Fold`].
const RUN: usize = 64;
/// Most arguments that are passed without a list.
const MAX_ARGS: usize = 200;

/// Resolves one function.
pub(crate) struct Resolver<'a> {
    module: &'a Module,
    links: &'a Links,
    rt: &'a mut Runtime,
    constants: &'a mut Vec<Value>,
    nodes: Vec<Node>,
    loops: Vec<(Label, NodeIdx)>,
    layouts: Vec<ClassId>,
}

impl<'a> Resolver<'a> {
    pub(crate) fn new(
        module: &'a Module,
        links: &'a Links,
        rt: &'a mut Runtime,
        constants: &'a mut Vec<Value>,
    ) -> Self {
        Self { module, links, rt, constants, nodes: Vec::new(), loops: Vec::new(), layouts: Vec::new() }
    }

    pub(crate) fn function(mut self, index: usize, module: u32) -> Code {
        let f = &self.module.functions[index];
        let root = self.expr(&f.body);
        let params = f.params as usize;
        let typed = f.locals.iter().take(params).enumerate();
        let typed_params = typed.filter_map(|(i, l)| self.links.type_tag(l.ty).map(|t| (i, t))).collect();
        let func = FuncId(self.links.funcs[index]);
        Code {
            nodes: self.nodes,
            root,
            func,
            kind: func_kind(f.kind),
            language: self.links.languages[f.language as usize],
            module,
            layouts: self.layouts,
            version: Shared::default(),
            source: f.source.0,
            name: self.rt.funcs[func.0 as usize].name.clone(),
            hidden: f.hidden,
            params,
            optional: f.optional as usize,
            locals: f.locals.len(),
            typed_params,
        }
    }

    fn add(&mut self, op: Op, kids: Vec<NodeIdx>, folds: Vec<Fold>, span: Span) -> NodeIdx {
        let n = NodeIdx(self.nodes.len() as u32);
        self.nodes.push(Node { op, kids: kids.into(), folds: folds.into(), span });
        n
    }

    fn simple(&mut self, op: Op, kids: &[&Expr], span: Span) -> NodeIdx {
        let kids = self.exprs(kids.iter().copied());
        self.add(op, kids, vec![], span)
    }

    fn exprs<'e>(&mut self, exprs: impl IntoIterator<Item = &'e Expr>) -> Vec<NodeIdx> {
        exprs.into_iter().map(|e| self.expr(e)).collect()
    }

    fn constant(&mut self, v: Value, span: Span) -> NodeIdx {
        self.add(Op::Const(v), vec![], vec![], span)
    }

    fn func(&self, f: motet_ir::FuncIdx) -> FuncId {
        FuncId(self.links.funcs[f.index()])
    }

    fn expr(&mut self, e: &Expr) -> NodeIdx {
        let span = e.span;
        let op = match &e.kind {
            ExprKind::Nil => Op::Const(Value::NIL),
            ExprKind::Unset => Op::Const(Value::UNSET),
            ExprKind::Bool(b) => Op::Const(Value::bool(*b)),
            ExprKind::Int(i) => Op::Const(Value::int(*i)),
            ExprKind::Float(x) => Op::Const(Value::float(*x)),
            ExprKind::Str(s) => {
                let v = self.rt.heap.str(s);
                self.constants.push(v);
                Op::Const(v)
            }
            ExprKind::Func(f) => Op::Const(Value::func(self.func(*f))),
            ExprKind::Native(n) => Op::Const(Value::native(self.links.natives[n.index()])),
            ExprKind::Local(l) => Op::Local(l.0),
            ExprKind::Capture(c) => Op::Capture(c.0),
            ExprKind::Global(g) => Op::Global(self.links.globals[g.index()]),
            ExprKind::GlobalOrUnset(g) => Op::GlobalOrUnset(self.links.globals[g.index()]),
            ExprKind::RaiseError(message) => Op::RaiseError(Shared::from(message.as_str())),
            ExprKind::Break(label) => Op::Break(self.find_loop(*label)),
            ExprKind::Continue(label) => Op::Continue(self.find_loop(*label)),
            ExprKind::SetLocal(..)
            | ExprKind::SetCapture(..)
            | ExprKind::SetGlobal(..)
            | ExprKind::CellSet(..)
            | ExprKind::SetIndex(..)
            | ExprKind::SetField(..)
            | ExprKind::SetSlot(..)
            | ExprKind::SetPart(..)
            | ExprKind::SetPlace(..) => return self.assignment(e),
            ExprKind::Unary(..)
            | ExprKind::Binary(..)
            | ExprKind::And(..)
            | ExprKind::Or(..)
            | ExprKind::IsUnset(_)
            | ExprKind::CheckSet(..)
            | ExprKind::Truthy(_)
            | ExprKind::IsNil(_)
            | ExprKind::IsClass(..)
            | ExprKind::IsType(..)
            | ExprKind::Cast(..)
            | ExprKind::Share(_)
            | ExprKind::SharePart(..)
            | ExprKind::NewCell(_)
            | ExprKind::CellGet(_)
            | ExprKind::Index(..)
            | ExprKind::Field(..)
            | ExprKind::Slot(..)
            | ExprKind::Part(..)
            | ExprKind::Yield(_)
            | ExprKind::Await(_) => return self.operator(e),
            ExprKind::Concat(_)
            | ExprKind::List(_)
            | ExprKind::Map(_)
            | ExprKind::Record(..)
            | ExprKind::Closure(..) => return self.constructor(e),
            ExprKind::Call(..)
            | ExprKind::CallValue(..)
            | ExprKind::CallNative(..)
            | ExprKind::Send(..)
            | ExprKind::SendFrom(..) => return self.call(e),
            ExprKind::Block(_)
            | ExprKind::If(..)
            | ExprKind::Choose { .. }
            | ExprKind::While { .. }
            | ExprKind::ForRange { .. }
            | ExprKind::ForEach { .. }
            | ExprKind::Return(_)
            | ExprKind::Raise(_)
            | ExprKind::Try { .. } => return self.control(e),
        };
        self.add(op, vec![], vec![], span)
    }

    /// Notes that the code relies on the layout of a class.
    fn relies_on(&mut self, class: motet_ir::ClassIdx) {
        let class = self.links.classes[class.index()];
        if !self.layouts.contains(&class) {
            self.layouts.push(class);
        }
    }

    fn operator(&mut self, e: &Expr) -> NodeIdx {
        let span = e.span;
        if let ExprKind::Slot(_, class, _) | ExprKind::Cast(Type::Record(class), _) = &e.kind {
            self.relies_on(*class);
        }
        match &e.kind {
            ExprKind::Unary(family, op, a) => self.simple(Op::Unary(*family, *op), &[a], span),
            ExprKind::Binary(family, op, a, b) => self.simple(Op::Binary(*family, bin_op(*op)), &[a, b], span),
            ExprKind::And(a, b) => self.simple(Op::And, &[a, b], span),
            ExprKind::Or(a, b) => self.simple(Op::Or, &[a, b], span),
            ExprKind::IsUnset(a) => self.simple(Op::IsUnset, &[a], span),
            ExprKind::CheckSet(a, name) => self.simple(Op::CheckSet(Shared::from(name.as_str())), &[a], span),
            ExprKind::Truthy(a) => self.simple(Op::Truthy, &[a], span),
            ExprKind::IsNil(a) => self.simple(Op::IsNil, &[a], span),
            ExprKind::IsClass(a, class) => {
                let class = motet_runtime::TypeTag::Record(self.links.classes[class.index()]);
                self.simple(Op::IsClass(class), &[a], span)
            }
            ExprKind::IsType(a, ty) => match self.links.type_tag(*ty) {
                Some(tag) => self.simple(Op::IsType(tag), &[a], span),
                // The checker admits neither `Any` nor `Never` here.
                None => self.constant(Value::bool(*ty == Type::Any), span),
            },
            ExprKind::Cast(ty, a) => {
                let op = self.links.type_tag(*ty).map_or(Op::Pass, Op::Cast);
                self.simple(op, &[a], span)
            }
            ExprKind::Share(a) => self.simple(Op::Share, &[a], span),
            ExprKind::SharePart(a, b) => self.simple(Op::SharePart, &[a, b], span),
            ExprKind::NewCell(a) => self.simple(Op::NewCell, &[a], span),
            ExprKind::CellGet(a) => self.simple(Op::CellGet, &[a], span),
            ExprKind::Index(a, b) => self.simple(Op::Index, &[a, b], span),
            ExprKind::Field(a, name) => {
                let name = self.rt.symbols.intern(name);
                self.simple(Op::Field(name), &[a], span)
            }
            ExprKind::Slot(a, _, slot) => self.simple(Op::Slot(*slot), &[a], span),
            ExprKind::Part(a, number) => self.simple(Op::Part(*number), &[a], span),
            ExprKind::Yield(a) => self.simple(Op::Yield, &[a], span),
            ExprKind::Await(a) => self.simple(Op::Await, &[a], span),
            _ => self.constant(Value::NIL, span),
        }
    }

    fn assignment(&mut self, e: &Expr) -> NodeIdx {
        let span = e.span;
        if let ExprKind::SetSlot(_, class, ..) = &e.kind {
            self.relies_on(*class);
        }
        match &e.kind {
            ExprKind::SetLocal(l, a) => self.simple(Op::SetLocal(l.0), &[a], span),
            ExprKind::SetCapture(c, a) => self.simple(Op::SetCapture(c.0), &[a], span),
            ExprKind::SetGlobal(g, a) => self.simple(Op::SetGlobal(self.links.globals[g.index()]), &[a], span),
            ExprKind::CellSet(a, b) => self.simple(Op::CellSet, &[a, b], span),
            ExprKind::SetIndex(a, b, c) => self.simple(Op::SetIndex, &[a, b, c], span),
            ExprKind::SetField(a, name, b) => {
                let name = self.rt.symbols.intern(name);
                self.simple(Op::SetField(name), &[a, b], span)
            }
            ExprKind::SetSlot(a, _, slot, b) => self.simple(Op::SetSlot(*slot), &[a, b], span),
            ExprKind::SetPart(a, number, b) => self.simple(Op::SetPart(*number), &[a, b], span),
            ExprKind::SetPlace(root, steps, value) => self.set_place(*root, steps, value, span),
            _ => self.constant(Value::NIL, span),
        }
    }

    fn set_place(&mut self, root: PlaceRoot, steps: &[PlaceStep], value: &Expr, span: Span) -> NodeIdx {
        let root = match root {
            PlaceRoot::Local(l) => Root::Local(l.0),
            PlaceRoot::Capture(c) => Root::Capture(c.0),
            PlaceRoot::Global(g) => Root::Global(self.links.globals[g.index()]),
        };
        let mut kids = vec![self.expr(value)];
        let mut resolved = Vec::with_capacity(steps.len());
        for step in steps {
            resolved.push(match step {
                PlaceStep::Index(key) => {
                    kids.push(self.expr(key));
                    Step::Key(kids.len() as u32 - 2)
                }
                PlaceStep::Field(name) => Step::Field(self.rt.symbols.intern(name)),
            });
        }
        self.add(Op::SetPlace(root, resolved.into()), kids, vec![], span)
    }

    fn constructor(&mut self, e: &Expr) -> NodeIdx {
        let span = e.span;
        match &e.kind {
            ExprKind::Concat(parts) => {
                let kids = self.exprs(parts);
                self.add(Op::Concat, kids, vec![], span)
            }
            ExprKind::List(elems) => {
                let elems = elems.iter().map(|elem| match elem {
                    Elem::One(e) => (e, false),
                    Elem::Spread(e) => (e, true),
                });
                let elems: Vec<_> = elems.collect();
                let kids = self.exprs(elems.iter().map(|e| e.0));
                let folds = list_folds(elems.iter().map(|e| e.1).collect());
                self.add(Op::List, kids, folds, span)
            }
            ExprKind::Map(entries) => self.map(entries, span),
            ExprKind::Record(class, fields) => self.record(*class, fields, span),
            ExprKind::Closure(f, values) => {
                let kids = self.exprs(values);
                self.add(Op::Closure(self.func(*f)), kids, vec![], span)
            }
            _ => self.constant(Value::NIL, span),
        }
    }

    fn map(&mut self, entries: &[Entry], span: Span) -> NodeIdx {
        let mut kids = Vec::new();
        let mut folds: Vec<Fold> = Vec::new();
        let mut pending = 0;
        let mut begun = matches!(entries.first(), None | Some(Entry::Spread(_)));
        for (i, entry) in entries.iter().enumerate() {
            match entry {
                Entry::Spread(e) => {
                    kids.push(self.expr(e));
                    folds.push(Fold::PutAll);
                }
                Entry::One(key, value) => {
                    kids.extend([self.expr(key), self.expr(value)]);
                    pending += 1;
                    let ends = pending as usize == RUN || !matches!(entries.get(i + 1), Some(Entry::One(..)));
                    folds.push(Fold::Keep);
                    folds.push(match (ends, begun) {
                        (false, _) => Fold::Keep,
                        (true, false) => Fold::Map(pending),
                        (true, true) => Fold::Put(pending),
                    });
                    if ends {
                        begun = true;
                        pending = 0;
                    }
                }
            }
        }
        self.add(Op::Map, kids, folds, span)
    }

    fn record(&mut self, class: motet_ir::ClassIdx, fields: &[(alloc::string::String, Expr)], span: Span) -> NodeIdx {
        self.relies_on(class);
        let kids = self.exprs(fields.iter().map(|f| &f.1));
        let class = self.links.classes[class.index()];
        let names: Vec<_> = fields.iter().map(|f| self.rt.symbols.intern(&f.0)).collect();
        let declared = self.rt.classes.class(class).shape;
        let layout = self.rt.classes.shape(declared);
        let slots: Option<Box<[u32]>> = names.iter().map(|&n| layout.slot(n).map(|s| s as u32)).collect();
        let op = match slots {
            Some(slots) if slots.len() == layout.fields.len() => {
                let in_order = slots.iter().enumerate().all(|(i, &s)| i == s as usize);
                Op::Record(declared, if in_order { None } else { Some(slots) })
            }
            _ => Op::Record(self.rt.classes.shape_for(class, &names), None),
        };
        self.add(op, kids, vec![], span)
    }

    fn call(&mut self, e: &Expr) -> NodeIdx {
        let span = e.span;
        match &e.kind {
            ExprKind::Call(f, args) => {
                let kids = self.exprs(args);
                self.add(Op::Call(self.func(*f)), kids, vec![], span)
            }
            ExprKind::CallValue(callee, args) => {
                let (kids, folds) = self.args(Some(callee), args);
                self.add(Op::CallValue(!folds.is_empty()), kids, folds, span)
            }
            ExprKind::CallNative(native, args) => {
                let (kids, folds) = self.args(None, args);
                let result = self.links.type_tag(self.module.natives[native.index()].result);
                let op = Op::CallNative(self.links.natives[native.index()], result, !folds.is_empty());
                self.add(op, kids, folds, span)
            }
            ExprKind::SendFrom(start, receiver, name, args) => {
                let name = self.rt.symbols.intern(name);
                let kids = self.exprs([&**start, &**receiver].into_iter().chain(args));
                self.add(Op::SendFrom(name), kids, vec![], span)
            }
            ExprKind::Send(receiver, name, args) => {
                let name = self.rt.symbols.intern(name);
                let (kids, folds) = self.args(Some(receiver), args);
                self.add(Op::Send(name, !folds.is_empty()), kids, folds, span)
            }
            _ => self.constant(Value::NIL, span),
        }
    }

    /// Operands of a call; with folds if the arguments go through a list.
    fn args(&mut self, first: Option<&Expr>, args: &[Arg]) -> (Vec<NodeIdx>, Vec<Fold>) {
        let mut kids = self.exprs(first);
        let before = kids.len();
        kids.extend(self.exprs(args.iter().map(|a| &a.expr)));
        if args.len() <= MAX_ARGS && !args.iter().any(|a| a.spread) {
            return (kids, vec![]);
        }
        let mut folds = list_folds(args.iter().map(|a| a.spread).collect());
        if before == 1 {
            let spread_first = matches!(folds.first(), Some(Fold::Extend));
            folds.insert(0, if spread_first { Fold::List(0) } else { Fold::Keep });
        }
        (kids, folds)
    }

    fn find_loop(&self, label: Label) -> NodeIdx {
        // The checker proved that the loop encloses the jump.
        self.loops.iter().rev().find(|l| l.0 == label).map_or(NodeIdx(0), |l| l.1)
    }

    fn control(&mut self, e: &Expr) -> NodeIdx {
        let span = e.span;
        match &e.kind {
            ExprKind::Block(parts) => {
                let kids = self.exprs(parts);
                self.add(Op::Block, kids, vec![], span)
            }
            ExprKind::If(c, a, b) => self.simple(Op::If, &[c, a, b], span),
            ExprKind::Choose { cond, then, else_, var, other } => {
                self.simple(Op::Choose(var.0), &[cond, then, else_, other], span)
            }
            ExprKind::Return(a) => self.simple(Op::Return, &[a], span),
            ExprKind::Raise(a) => self.simple(Op::Raise, &[a], span),
            ExprKind::Try { body, var, handler } => self.simple(Op::Try(var.0), &[body, handler], span),
            ExprKind::While { cond: Some(cond), .. } if cond.kind == ExprKind::Bool(false) => {
                self.constant(Value::NIL, span)
            }
            ExprKind::While { label, cond, body, step } => {
                // `while true` is an endless loop.
                let cond = cond.as_deref().filter(|c| c.kind != ExprKind::Bool(true));
                let op = Op::While(cond.is_some(), step.is_some());
                let inside = cond.into_iter().chain([&**body]).chain(step.as_deref());
                self.looping(*label, op, &[], inside.collect(), span)
            }
            ExprKind::ForRange { label, var, from, to, inclusive, body } => {
                self.looping(*label, Op::ForRange(var.0, *inclusive), &[from, to], vec![body], span)
            }
            ExprKind::ForEach { label, var, iter, body } => {
                self.looping(*label, Op::ForEach(var.0), &[iter], vec![body], span)
            }
            _ => self.constant(Value::NIL, span),
        }
    }

    /// A loop, whose node stands before those of its inside, which may name it.
    fn looping(&mut self, label: Label, op: Op, outside: &[&Expr], inside: Vec<&Expr>, span: Span) -> NodeIdx {
        let mut kids = self.exprs(outside.iter().copied());
        let n = self.add(op, vec![], vec![], span);
        self.loops.push((label, n));
        kids.extend(self.exprs(inside));
        self.loops.pop();
        self.nodes[n.0 as usize].kids = kids.into();
        n
    }
}

/// Folds of a list whose elements are spread or not.
fn list_folds(spread: Vec<bool>) -> Vec<Fold> {
    let mut begun = spread.first().is_none_or(|&s| s);
    let mut pending = 0;
    let mut folds = Vec::with_capacity(spread.len());
    for (i, &s) in spread.iter().enumerate() {
        if s {
            folds.push(Fold::Extend);
            continue;
        }
        pending += 1;
        let ends = pending as usize == RUN || spread.get(i + 1).is_none_or(|&s| s);
        folds.push(match (ends, begun) {
            (false, _) => Fold::Keep,
            (true, false) => Fold::List(pending),
            (true, true) => Fold::Append(pending),
        });
        if ends {
            begun = true;
            pending = 0;
        }
    }
    folds
}

fn bin_op(op: motet_ir::BinOp) -> BinOp {
    match op {
        motet_ir::BinOp::Add => BinOp::Add,
        motet_ir::BinOp::Sub => BinOp::Sub,
        motet_ir::BinOp::Mul => BinOp::Mul,
        motet_ir::BinOp::Div => BinOp::Div,
        motet_ir::BinOp::Rem => BinOp::Rem,
        motet_ir::BinOp::Eq => BinOp::Eq,
        motet_ir::BinOp::Ne => BinOp::Ne,
        motet_ir::BinOp::Lt => BinOp::Lt,
        motet_ir::BinOp::Le => BinOp::Le,
        motet_ir::BinOp::Gt => BinOp::Gt,
        motet_ir::BinOp::Ge => BinOp::Ge,
        motet_ir::BinOp::BitAnd => BinOp::BitAnd,
        motet_ir::BinOp::BitOr => BinOp::BitOr,
        motet_ir::BinOp::BitXor => BinOp::BitXor,
        motet_ir::BinOp::Shl => BinOp::Shl,
        motet_ir::BinOp::Shr => BinOp::Shr,
        motet_ir::BinOp::Ushr => BinOp::Ushr,
        motet_ir::BinOp::FloorDiv => BinOp::FloorDiv,
        motet_ir::BinOp::Mod => BinOp::Mod,
    }
}
