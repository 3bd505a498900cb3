//! Removes `Share` marks that cannot matter.
//!
//! A mark says that a container of value semantics has a second holder, so
//! that the next update copies it. It may go where there is no second holder
//! (the value is a scalar, or was just made), where the first holder gives it
//! up (`last_use.rs`), and where the second only looks at it while the first
//! waits (`borrow.rs`).
//!
//! Invariant: at no time do two holders that could both be used reach an
//! unmarked container that one of them could update.

use alloc::{
    boxed::Box,
    collections::{BTreeMap, BTreeSet},
    string::String,
    vec::Vec,
};

use motet_ir::{Expr, ExprKind, FuncIdx, Function, LocalIdx, Module, Native, Type};

use crate::{
    borrow::{self, Masks},
    each,
    events::{self, Changes},
    global_changes::GlobalChanges,
    global_moves, last_use, parts,
    rewrite::{self, is_constant, take},
};

pub(crate) fn run(module: &mut Module) {
    let mut marked = Vec::with_capacity(module.functions.len());
    each(module, |function, natives| marked.push(within(function, natives)));
    borrow_arguments(module, &marked);
}

/// The part that needs to know nothing about other functions. Whether marks are left.
pub(crate) fn within(function: &mut Function, natives: &[Native]) -> bool {
    if !has_mark(&function.body) {
        return false;
    }
    rewrite::bottom_up(&mut function.body, &mut without_second_holder);
    last_use::run(function, natives);
    global_moves::run(natives, &mut function.body);
    has_mark(&function.body)
}

/// The part that needs to know what other functions do with their arguments. `marked`: per function, whether there
/// are marks in it.
pub(crate) fn borrow_arguments(module: &mut Module, marked: &[bool]) {
    if !marked.contains(&true) {
        return;
    }
    let masks = Masks::of(module);
    let mut read = BTreeSet::new();
    for (function, _) in module.functions.iter().zip(marked).filter(|(_, marked)| **marked) {
        function.body.walk(|node| {
            if let ExprKind::Share(value) = &node.kind {
                read.extend(parts::global_root(&module.natives, value));
            }
        });
    }
    let globals = GlobalChanges::of(module, &read);
    let mut methods: BTreeMap<String, Vec<FuncIdx>> = BTreeMap::new();
    for (name, method) in module.classes.iter().flat_map(|class| &class.methods) {
        methods.entry(name.clone()).or_default().push(*method);
    }
    let Module { functions, natives, .. } = module;
    for (function, _) in functions.iter_mut().zip(marked).filter(|(_, marked)| **marked) {
        let changes = Changes::of(function);
        let retained = borrow::retained_raw(natives, &masks, function);
        let held = parts::held(natives, function);
        let mut pass = Borrowing {
            natives,
            masks: &masks,
            globals: &globals,
            methods: &methods,
            changes: &changes,
            retained: &retained,
            held: &held,
            next_loop: 0,
        };
        pass.expr(&mut function.body);
    }
}

/// Whether there is any mark to remove; most functions have none.
fn has_mark(node: &Expr) -> bool {
    let mut found = matches!(node.kind, ExprKind::Share(_) | ExprKind::SharePart(..));
    node.for_each_child(|child| found = found || has_mark(child));
    found
}

/// Whether values of the type are never updated in place.
pub(crate) fn is_scalar(ty: Type) -> bool {
    match ty {
        Type::Never | Type::Nil | Type::Bool | Type::Int | Type::Float | Type::Str | Type::Func => true,
        Type::Any | Type::List | Type::Map | Type::Record(_) => false,
    }
}

fn without_second_holder(node: &mut Expr) {
    let ExprKind::Share(value) = &mut node.kind else { return };
    // The mark goes to where the value comes from.
    match &mut value.kind {
        ExprKind::Block(parts) if value.ty != Type::Never => {
            if let Some(last) = parts.last_mut() {
                mark(last);
                *node = take(value);
            }
            return;
        }
        ExprKind::If(_, a, b) => {
            mark(a);
            mark(b);
            *node = take(value);
            return;
        }
        _ => {}
    }
    let fresh = matches!(
        value.kind,
        ExprKind::List(_)
            | ExprKind::Map(_)
            | ExprKind::Record(..)
            | ExprKind::Closure(..)
            | ExprKind::NewCell(_)
            | ExprKind::Share(_)
            | ExprKind::Unset
    );
    if fresh || is_scalar(value.ty) {
        *node = take(value);
    }
}

fn mark(node: &mut Expr) {
    let (ty, span) = (node.ty, node.span);
    let value = Box::new(take(node));
    *node = Expr { kind: ExprKind::Share(value), ty, span };
    without_second_holder(node);
}

/// Removes marks for holders that only look.
struct Borrowing<'a> {
    natives: &'a [Native],
    masks: &'a Masks,
    globals: &'a GlobalChanges,
    /// Methods by name, of all classes.
    methods: &'a BTreeMap<String, Vec<FuncIdx>>,
    changes: &'a Changes,
    /// Per local: whether its value is stored somewhere without a mark.
    retained: &'a [bool],
    /// Per local: whether it is no further name of a value that something else holds without a mark.
    held: &'a [bool],
    next_loop: usize,
}

impl Borrowing<'_> {
    fn expr(&mut self, node: &mut Expr) {
        let loop_number = self.next_loop;
        self.next_loop += usize::from(events::is_loop(node));
        node.for_each_child_mut(|child| self.expr(child));
        match &mut node.kind {
            ExprKind::Call(..) => self.call(node),
            ExprKind::Send(..) => self.send(node),
            ExprKind::CallNative(..) => self.native(node),
            ExprKind::ForEach { iter, body, .. } => {
                let ExprKind::Share(value) = &iter.kind else { return };
                let unchanged = if let Some(local) = parts::root(self.natives, value) {
                    self.may_lend(value, local)
                        && !self.retained[local.index()]
                        && !self.changes.within(local, self.changes.of_loop(loop_number))
                } else if let Some(global) = parts::global_root(self.natives, value) {
                    !self.globals.within(self.natives, global, body)
                } else {
                    false
                };
                if unchanged {
                    unwrap(iter);
                }
            }
            _ => {}
        }
    }

    /// Whether nothing but this function, or a callee that it hands the local's value to, can change what the local
    /// holds.
    fn may_lend(&self, value: &Expr, local: LocalIdx) -> bool {
        matches!(value.kind, ExprKind::Local(_)) || self.held[local.index()]
    }

    /// Whether an argument can be lent to a function that only looks at it.
    fn can_lend(&self, value: &Expr, func: Option<FuncIdx>, callees: &[FuncIdx], later: &[&Expr], at: usize) -> bool {
        if let Some(local) = parts::root(self.natives, value) {
            return self.may_lend(value, local)
                && borrow::later_arguments_leave(self.natives, self.masks, func, later, at + 1, local);
        }
        let Some(global) = parts::global_root(self.natives, value) else { return false };
        callees.iter().all(|&callee| !self.globals.by_call(global, callee))
            && later.iter().all(|arg| !self.globals.within(self.natives, global, arg))
    }

    fn call(&self, node: &mut Expr) {
        let ExprKind::Call(func, args) = &mut node.kind else { return };
        for i in 0..args.len() {
            if self.masks.is_borrowed(*func, i)
                && let ExprKind::Share(value) = &args[i].kind
            {
                let later: Vec<&Expr> = args[i + 1..].iter().collect();
                if self.can_lend(value, Some(*func), &[*func], &later, i) {
                    unwrap(&mut args[i]);
                }
            }
        }
    }

    /// What is no method of a class marks its arguments itself.
    fn send(&self, node: &mut Expr) {
        let ExprKind::Send(receiver, name, args) = &mut node.kind else { return };
        let Some(methods) = self.methods.get(name.as_str()) else { return };
        if args.iter().any(|arg| arg.spread) {
            return;
        }
        for i in 0..=args.len() {
            let arg = if i == 0 { &**receiver } else { &args[i - 1].expr };
            if self.masks.is_borrowed_by_method(methods, i)
                && let ExprKind::Share(value) = &arg.kind
            {
                let later: Vec<&Expr> = args[i..].iter().map(|arg| &arg.expr).collect();
                if self.can_lend(value, None, methods, &later, i) {
                    unwrap(if i == 0 { receiver } else { &mut args[i - 1].expr });
                }
            }
        }
    }

    fn native(&self, node: &mut Expr) {
        let ExprKind::CallNative(native, args) = &mut node.kind else { return };
        let effects = self.natives[native.index()].effects;
        if effects.retains {
            return;
        }
        for i in usize::from(effects.consumes_first)..args.len() {
            let ExprKind::Share(value) = &args[i].expr.kind else { continue };
            // A pure function calls nothing that could update a variable meanwhile.
            let quiet = args[i + 1..].iter().all(|later| only_reads(&later.expr));
            if quiet && (effects.pure || matches!(value.kind, ExprKind::Local(_))) {
                unwrap(&mut args[i].expr);
            }
        }
    }
}

/// An argument whose evaluation changes nothing.
fn only_reads(arg: &Expr) -> bool {
    match &arg.kind {
        ExprKind::Local(_) | ExprKind::Capture(_) | ExprKind::Func(_) | ExprKind::Native(_) => true,
        ExprKind::Share(value) => matches!(value.kind, ExprKind::Local(_) | ExprKind::Capture(_)),
        _ => is_constant(arg),
    }
}

fn unwrap(arg: &mut Expr) {
    if let ExprKind::Share(value) = &mut arg.kind {
        *arg = take(value);
    }
}
