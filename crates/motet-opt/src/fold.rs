//! Constant folding.
//!
//! Invariant: an operator is computed only where it cannot raise and where its
//! family says what comes out; `Dyn` only on int–int, float–float and str–str
//! as [`Family`] documents it. Folding never makes a NaN, whose bits could
//! differ between machines.

use alloc::{string::String, vec::Vec};

use motet_ir::{BinOp, Expr, ExprKind, Family, Function, Type, UnOp, build};

use crate::rewrite;

/// Longest string that folding makes, in bytes.
const MAX_STRING: usize = 4_096;

pub(crate) fn run(function: &mut Function) {
    rewrite::bottom_up(&mut function.body, &mut fold_node);
}

/// Replaces the node by its value, if that is known.
pub(crate) fn fold_node(node: &mut Expr) {
    let value = match &mut node.kind {
        ExprKind::Unary(family, op, a) => unary(*family, *op, &a.kind),
        ExprKind::Binary(family, op, a, b) => binary(*family, *op, &a.kind, &b.kind),
        ExprKind::Concat(parts) => concat(parts),
        _ => None,
    };
    if let Some(kind) = value {
        *node = constant(kind, node);
    }
}

fn constant(kind: ExprKind, at: &Expr) -> Expr {
    let ty = match kind {
        ExprKind::Bool(_) => Type::Bool,
        ExprKind::Int(_) => Type::Int,
        ExprKind::Float(_) => Type::Float,
        ExprKind::Str(_) => Type::Str,
        _ => at.ty,
    };
    build::expr(kind, ty, at.span)
}

fn float(value: f64) -> Option<ExprKind> {
    (!value.is_nan()).then_some(ExprKind::Float(value))
}

fn unary(family: Family, op: UnOp, a: &ExprKind) -> Option<ExprKind> {
    match (a, op) {
        (ExprKind::Int(a), UnOp::Neg) => match family {
            Family::Int => Some(a.wrapping_neg()),
            Family::IntChecked | Family::Dyn | Family::Grow => a.checked_neg(),
            Family::Float | Family::Str | Family::Bool | Family::Same => None,
        }
        .map(ExprKind::Int),
        (ExprKind::Int(a), UnOp::BitNot) => Some(ExprKind::Int(!a)),
        (ExprKind::Int(a), UnOp::ToFloat) => Some(ExprKind::Float(*a as f64)),
        (ExprKind::Float(a), UnOp::Neg) => float(-a),
        (ExprKind::Float(a), UnOp::ToInt) => Some(ExprKind::Int(*a as i64)),
        (ExprKind::Float(a), UnOp::ToFloat32) => float(f64::from(*a as f32)),
        (ExprKind::Bool(a), UnOp::Not) if family == Family::Bool => Some(ExprKind::Bool(!a)),
        _ => None,
    }
}

fn binary(family: Family, op: BinOp, a: &ExprKind, b: &ExprKind) -> Option<ExprKind> {
    if family == Family::Same {
        let same = same(a, b)?;
        return Some(ExprKind::Bool(if op == BinOp::Eq { same } else { !same }));
    }
    match (a, b) {
        (ExprKind::Int(a), ExprKind::Int(b)) => int(family, op, *a, *b),
        (ExprKind::Float(a), ExprKind::Float(b)) => floats(family, op, *a, *b),
        (ExprKind::Str(a), ExprKind::Str(b)) => strings(op, a, b),
        _ => None,
    }
}

fn compared<T: PartialOrd>(op: BinOp, a: T, b: T) -> Option<ExprKind> {
    Some(ExprKind::Bool(match op {
        BinOp::Eq => a == b,
        BinOp::Ne => a != b,
        BinOp::Lt => a < b,
        BinOp::Le => a <= b,
        BinOp::Gt => a > b,
        BinOp::Ge => a >= b,
        _ => return None,
    }))
}

fn int(family: Family, op: BinOp, a: i64, b: i64) -> Option<ExprKind> {
    let wrapping = family == Family::Int;
    let count = (b & 63) as u32;
    let value = match op {
        BinOp::Add if wrapping => Some(a.wrapping_add(b)),
        BinOp::Sub if wrapping => Some(a.wrapping_sub(b)),
        BinOp::Mul if wrapping => Some(a.wrapping_mul(b)),
        BinOp::Add => a.checked_add(b),
        BinOp::Sub => a.checked_sub(b),
        BinOp::Mul => a.checked_mul(b),
        BinOp::Div => a.checked_div(b),
        BinOp::Rem => a.checked_rem(b),
        BinOp::BitAnd => Some(a & b),
        BinOp::BitOr => Some(a | b),
        BinOp::BitXor => Some(a ^ b),
        BinOp::Shl => Some(a.wrapping_shl(count)),
        BinOp::Shr => Some(a.wrapping_shr(count)),
        BinOp::Ushr => Some(((a as u64) >> count) as i64),
        // Division of integers rounds as the divisor's sign says.
        BinOp::FloorDiv => a.checked_rem(b).map(|rem| a / b - i64::from(rem != 0 && (rem < 0) != (b < 0))),
        BinOp::Mod => a.checked_rem(b).map(|rem| if rem != 0 && (rem < 0) != (b < 0) { rem + b } else { rem }),
        BinOp::Eq | BinOp::Ne | BinOp::Lt | BinOp::Le | BinOp::Gt | BinOp::Ge => return compared(op, a, b),
    };
    value.map(ExprKind::Int)
}

fn floats(family: Family, op: BinOp, a: f64, b: f64) -> Option<ExprKind> {
    let dynamic = matches!(family, Family::Dyn | Family::Grow);
    let asks_on_zero = dynamic && b == 0.0;
    match op {
        BinOp::Add => float(a + b),
        BinOp::Sub => float(a - b),
        BinOp::Mul => float(a * b),
        BinOp::Div if !asks_on_zero => float(a / b),
        BinOp::Rem if !asks_on_zero => float(a % b),
        BinOp::Eq | BinOp::Ne if dynamic => None,
        _ => compared(op, a, b),
    }
}

fn strings(op: BinOp, a: &str, b: &str) -> Option<ExprKind> {
    if op != BinOp::Add {
        // The order of UTF-8 bytes is that of code points.
        return compared(op, a, b);
    }
    (a.len() + b.len() <= MAX_STRING).then(|| {
        let mut text = String::with_capacity(a.len() + b.len());
        text.push_str(a);
        text.push_str(b);
        ExprKind::Str(text)
    })
}

fn same(a: &ExprKind, b: &ExprKind) -> Option<bool> {
    let kind = |e: &ExprKind| match e {
        ExprKind::Nil => Some(0),
        ExprKind::Bool(_) => Some(1),
        ExprKind::Int(_) => Some(2),
        ExprKind::Float(_) => Some(3),
        ExprKind::Str(_) => Some(4),
        _ => None,
    };
    if kind(a)? != kind(b)? {
        return Some(false);
    }
    match (a, b) {
        // Whether the two zeros are one value is not said.
        (ExprKind::Float(a), ExprKind::Float(b)) if *a == 0.0 && *b == 0.0 => None,
        _ => Some(a == b),
    }
}

/// Joins neighbouring texts; the value if nothing but a text is left.
fn concat(parts: &mut Vec<Expr>) -> Option<ExprKind> {
    let mut joined: Vec<Expr> = Vec::with_capacity(parts.len());
    for part in parts.drain(..) {
        if let ExprKind::Str(text) = &part.kind
            && let Some(Expr { kind: ExprKind::Str(last), .. }) = joined.last_mut()
            && last.len() + text.len() <= MAX_STRING
        {
            last.push_str(text);
            continue;
        }
        joined.push(part);
    }
    *parts = joined;
    match parts.as_mut_slice() {
        [] => Some(ExprKind::Str(String::new())),
        [Expr { kind: ExprKind::Str(text), .. }] => Some(ExprKind::Str(core::mem::take(text))),
        _ => None,
    }
}
