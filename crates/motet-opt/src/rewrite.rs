//! Helpers for passes that replace nodes.
//!
//! Invariant: a node is replaced by one whose type fits the old one's, so that
//! parents stay well typed.

use alloc::{boxed::Box, vec, vec::Vec};
use core::mem;

use motet_ir::{Expr, ExprKind, Function, Local, LocalIdx, Type, build};
use motet_source::Span;

/// Most locals that a pass may add to one function.
const MAX_ADDED_LOCALS: usize = 256;

/// Most locals that a function may have for a pass to add more.
const MAX_LOCALS: usize = 4_096;

/// Applies `f` to every node, operands before the nodes that use them.
pub(crate) fn bottom_up(expr: &mut Expr, f: &mut impl FnMut(&mut Expr)) {
    expr.for_each_child_mut(|child| bottom_up(child, f));
    f(expr);
}

/// Moves a node out; `nil` stays in its place.
pub(crate) fn take(expr: &mut Expr) -> Expr {
    let nil = build::nil(expr.span);
    mem::replace(expr, nil)
}

/// Whether the node is a literal.
pub(crate) fn is_constant(expr: &Expr) -> bool {
    matches!(expr.kind, ExprKind::Nil | ExprKind::Bool(_) | ExprKind::Int(_) | ExprKind::Float(_) | ExprKind::Str(_))
}

/// Evaluates `first` for its effects, then gives `value`, which has none.
pub(crate) fn after(first: Expr, value: Expr) -> Expr {
    let span = first.span;
    build::block(vec![first, value], span)
}

/// Adds locals to one function, within limits.
pub(crate) struct NewLocals {
    first: usize,
    types: Vec<Type>,
}

impl NewLocals {
    pub(crate) fn new(function: &Function) -> Self {
        Self { first: function.locals.len(), types: Vec::new() }
    }

    /// A local of this type, unless there are enough.
    pub(crate) fn add(&mut self, ty: Type) -> Option<LocalIdx> {
        if self.types.len() >= MAX_ADDED_LOCALS || self.first + self.types.len() >= MAX_LOCALS {
            return None;
        }
        self.types.push(ty);
        u32::try_from(self.first + self.types.len() - 1).ok().map(LocalIdx)
    }

    pub(crate) fn store(self, function: &mut Function) {
        let named = self.types.into_iter().map(|ty| Local { name: "$opt".into(), ty });
        function.locals.extend(named);
    }
}

/// `local = value`.
pub(crate) fn assign(local: LocalIdx, value: Expr, span: Span) -> Expr {
    Expr { ty: build::statement_type(&[&value]), kind: ExprKind::SetLocal(local, Box::new(value)), span }
}
