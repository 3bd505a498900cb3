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

use motet_ir::{Expr, ExprKind, Module, Type};

use crate::{
    borrow::{self, Masks},
    events::{self, Changes},
    last_use,
    rewrite::{self, is_constant, take},
};

pub(crate) fn run(module: &mut Module) {
    rewrite::everywhere(module, &mut without_second_holder);
    for function in &mut module.functions {
        last_use::run(function);
    }
    let masks = Masks::of(module);
    for index in 0..module.functions.len() {
        let changes = Changes::of(&module.functions[index]);
        let retained = borrow::retained_raw(module, &masks, &module.functions[index]);
        let mut body = take(&mut module.functions[index].body);
        let mut pass = Borrowing { module, masks: &masks, changes: &changes, retained: &retained, next_loop: 0 };
        pass.expr(&mut body);
        module.functions[index].body = body;
    }
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

/// Removes marks for holders that only look.
struct Borrowing<'a> {
    module: &'a Module,
    masks: &'a Masks,
    changes: &'a Changes,
    /// Per local: whether its value is stored somewhere without a mark.
    retained: &'a [bool],
    next_loop: usize,
}

impl Borrowing<'_> {
    fn expr(&mut self, node: &mut Expr) {
        let loop_number = self.next_loop;
        self.next_loop += usize::from(events::is_loop(node));
        node.for_each_child_mut(|child| self.expr(child));
        match &mut node.kind {
            ExprKind::Call(..) => self.call(node),
            ExprKind::CallNative(..) => self.native(node),
            ExprKind::ForEach { iter, .. } => {
                if let ExprKind::Share(value) = &mut iter.kind
                    && let ExprKind::Local(local) = value.kind
                    && !self.retained[local.index()]
                    && !self.changes.within(local, self.changes.of_loop(loop_number))
                {
                    **iter = take(value);
                }
            }
            _ => {}
        }
    }

    fn call(&self, node: &mut Expr) {
        let ExprKind::Call(func, args) = &mut node.kind else { return };
        for i in 0..args.len() {
            if self.masks.is_borrowed(*func, i)
                && let ExprKind::Share(value) = &args[i].kind
                && let ExprKind::Local(local) = value.kind
                && borrow::later_arguments_leave(self.module, self.masks, *func, &args[i + 1..], i + 1, local)
            {
                unwrap(&mut args[i]);
            }
        }
    }

    fn native(&self, node: &mut Expr) {
        let ExprKind::CallNative(native, args) = &mut node.kind else { return };
        let effects = self.module.natives[native.index()].effects;
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
