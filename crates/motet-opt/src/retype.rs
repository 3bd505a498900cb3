//! Strengthens types from the leaves up: locals have their declared type,
//! operators the family that their operands allow, blocks and branches the
//! type of their values.
//!
//! Invariant: types only get narrower, and a family replaces `Dyn` only where
//! [`Family`] says that both behave alike on such operands.

use motet_ir::{BinOp, Expr, ExprKind, Family, Function, Local, Type, UnOp, build};

use crate::rewrite;

pub(crate) fn run(function: &mut Function) {
    let Function { body, locals, .. } = function;
    rewrite::bottom_up(body, &mut |node| retype_node(locals, node));
}

/// The family for an operator of the family `Dyn` or `Grow` on operands of these types.
pub(crate) fn binary_family(dynamic: Family, op: BinOp, a: Type, b: Type, right: Option<&ExprKind>) -> Option<Family> {
    let stays_int = op.is_comparison() || matches!(op, BinOp::BitAnd | BinOp::BitOr | BinOp::BitXor);
    known_family(op, a, b, right).filter(|known| dynamic == Family::Dyn || *known != Family::IntChecked || stays_int)
}

fn known_family(op: BinOp, a: Type, b: Type, right: Option<&ExprKind>) -> Option<Family> {
    match (a, b) {
        _ if matches!(op, BinOp::FloorDiv | BinOp::Mod) => None,
        (Type::Int, Type::Int) => Some(Family::IntChecked),
        (Type::Float, Type::Float) => match op {
            BinOp::Add | BinOp::Sub | BinOp::Mul | BinOp::Lt | BinOp::Le | BinOp::Gt | BinOp::Ge => Some(Family::Float),
            // By zero the language is asked.
            BinOp::Div | BinOp::Rem => match right {
                Some(ExprKind::Float(divisor)) if *divisor != 0.0 => Some(Family::Float),
                _ => None,
            },
            BinOp::Eq
            | BinOp::Ne
            | BinOp::BitAnd
            | BinOp::BitOr
            | BinOp::BitXor
            | BinOp::Shl
            | BinOp::Shr
            | BinOp::Ushr
            | BinOp::FloorDiv
            | BinOp::Mod => None,
        },
        (Type::Str, Type::Str) if op == BinOp::Add || op.is_comparison() => Some(Family::Str),
        _ => None,
    }
}

/// The family for a prefix operator of the family `Dyn` or `Grow` on an operand of this type.
pub(crate) fn unary_family(dynamic: Family, op: UnOp, a: Type) -> Option<Family> {
    match (op, a) {
        (UnOp::Neg, Type::Int) if dynamic == Family::Grow => None,
        (UnOp::Neg | UnOp::BitNot, Type::Int) => Some(Family::IntChecked),
        (UnOp::Neg, Type::Float) => Some(Family::Float),
        _ => None,
    }
}

pub(crate) fn retype_node(locals: &[Local], node: &mut Expr) {
    let ty = match &mut node.kind {
        ExprKind::Local(l) => locals[l.index()].ty,
        ExprKind::Share(a) | ExprKind::CheckSet(a, _) => a.ty,
        ExprKind::Binary(family, op, a, b) if matches!(family, Family::Dyn | Family::Grow) => {
            let Some(known) = binary_family(*family, *op, a.ty, b.ty, Some(&b.kind)) else { return };
            *family = known;
            build::binary_type(known, *op)
        }
        ExprKind::Unary(family, op, a) if matches!(family, Family::Dyn | Family::Grow) => {
            let Some(known) = unary_family(*family, *op, a.ty) else { return };
            *family = known;
            build::unary_type(known, *op)
        }
        ExprKind::If(_, a, b) => a.ty.join(b.ty),
        ExprKind::Choose { then, else_, other, .. } => then.ty.join(else_.ty).join(other.ty),
        ExprKind::Try { body, handler, .. } => body.ty.join(handler.ty),
        ExprKind::Block(parts) if parts.iter().all(|part| part.ty != Type::Never) => {
            parts.last().map_or(Type::Nil, |last| last.ty)
        }
        _ => return,
    };
    if ty.fits(node.ty) {
        node.ty = ty;
    }
}
