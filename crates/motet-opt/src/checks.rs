//! Removes run-time checks that static types decide.
//!
//! Invariant: the operand of a check that goes away is still evaluated, unless
//! it is harmless.

use motet_ir::{Expr, ExprKind, Function, Type, build};

use crate::{
    effects::{is_harmless, never_unset},
    rewrite::{self, take},
};

pub(crate) fn run(function: &mut Function) {
    rewrite::bottom_up(&mut function.body, &mut check_node);
}

/// What becomes of a check.
enum Verdict {
    /// It is its operand.
    Operand,
    /// It always has this value.
    Always(bool),
    Unknown,
}

pub(crate) fn check_node(node: &mut Expr) {
    if let ExprKind::Choose { .. } = &node.kind {
        return choose(node);
    }
    let verdict = match &node.kind {
        ExprKind::Truthy(a) if a.ty == Type::Bool => Verdict::Operand,
        ExprKind::Cast(ty, a) if a.ty.fits(*ty) => Verdict::Operand,
        ExprKind::CheckSet(a, _) if never_unset(a) => Verdict::Operand,
        ExprKind::IsUnset(a) if matches!(a.kind, ExprKind::Unset) => Verdict::Always(true),
        ExprKind::IsUnset(a) if never_unset(a) => Verdict::Always(false),
        ExprKind::IsNil(a) => is_type(a.ty, Type::Nil),
        ExprKind::IsType(a, ty) => is_type(a.ty, *ty),
        ExprKind::IsClass(a, class) => match a.ty {
            Type::Record(have) if have == *class => Verdict::Always(true),
            // Two classes of the module can be one at run time.
            Type::Record(_) | Type::Any | Type::Never => Verdict::Unknown,
            Type::Nil | Type::Bool | Type::Int | Type::Float | Type::Str | Type::List | Type::Map | Type::Func => {
                Verdict::Always(false)
            }
        },
        _ => Verdict::Unknown,
    };
    if matches!(verdict, Verdict::Unknown) {
        return;
    }
    let span = node.span;
    let mut operand = None;
    node.for_each_child_mut(|child| operand = Some(take(child)));
    let Some(operand) = operand else { return };
    *node = match verdict {
        Verdict::Always(value) if is_harmless(None, &operand) => build::bool(value, span),
        Verdict::Always(value) => rewrite::after(operand, build::bool(value, span)),
        Verdict::Operand | Verdict::Unknown => operand,
    };
}

/// Takes the way that the condition's type leaves, or makes it a plain conditional.
fn choose(node: &mut Expr) {
    let span = node.span;
    let ExprKind::Choose { cond, then, else_, var, other } = &mut node.kind else { return };
    *node = match cond.ty {
        Type::Any => return,
        Type::Never => take(cond),
        Type::Bool => build::if_(take(cond), take(then), take(else_), span),
        Type::Nil | Type::Int | Type::Float | Type::Str | Type::List | Type::Map | Type::Record(_) | Type::Func => {
            let value = rewrite::assign(*var, take(cond), span);
            build::block(alloc::vec![value, take(other)], span)
        }
    };
}

fn is_type(have: Type, want: Type) -> Verdict {
    match (have, want) {
        (Type::Any | Type::Never, _) | (Type::Record(_), Type::Record(_)) if have != want => Verdict::Unknown,
        _ => Verdict::Always(have == want),
    }
}
