//! Short constructors for lowering code. Each computes the node's static type.

use alloc::{boxed::Box, string::String, vec::Vec};

use motet_source::Span;

use crate::{Arg, BinOp, ClassIdx, Expr, ExprKind, Family, FuncIdx, Label, LocalIdx, Type, UnOp};

/// A node with everything given.
#[must_use]
pub fn expr(kind: ExprKind, ty: Type, span: Span) -> Expr {
    Expr { kind, ty, span }
}

/// `nil`.
#[must_use]
pub fn nil(span: Span) -> Expr {
    expr(ExprKind::Nil, Type::Nil, span)
}

/// The "no value yet" marker.
#[must_use]
pub fn unset(span: Span) -> Expr {
    expr(ExprKind::Unset, Type::Any, span)
}

/// An integer.
#[must_use]
pub fn int(value: i64, span: Span) -> Expr {
    expr(ExprKind::Int(value), Type::Int, span)
}

/// A float.
#[must_use]
pub fn float(value: f64, span: Span) -> Expr {
    expr(ExprKind::Float(value), Type::Float, span)
}

/// A boolean.
#[must_use]
pub fn bool(value: bool, span: Span) -> Expr {
    expr(ExprKind::Bool(value), Type::Bool, span)
}

/// A string.
#[must_use]
pub fn str(value: impl Into<String>, span: Span) -> Expr {
    expr(ExprKind::Str(value.into()), Type::Str, span)
}

/// Value of a local of the given type.
#[must_use]
pub fn local(local: LocalIdx, ty: Type, span: Span) -> Expr {
    expr(ExprKind::Local(local), ty, span)
}

/// Assignment to a local.
#[must_use]
pub fn set_local(local: LocalIdx, value: Expr, span: Span) -> Expr {
    let ty = statement_type(&[&value]);
    expr(ExprKind::SetLocal(local, Box::new(value)), ty, span)
}

/// A binary operator; the type follows from family and operator.
#[must_use]
pub fn binary(family: Family, op: BinOp, a: Expr, b: Expr, span: Span) -> Expr {
    let ty = if a.ty == Type::Never || b.ty == Type::Never { Type::Never } else { binary_type(family, op) };
    expr(ExprKind::Binary(family, op, Box::new(a), Box::new(b)), ty, span)
}

/// A prefix operator; the type follows from family and operator.
#[must_use]
pub fn unary(family: Family, op: UnOp, a: Expr, span: Span) -> Expr {
    let ty = if a.ty == Type::Never { Type::Never } else { unary_type(family, op) };
    expr(ExprKind::Unary(family, op, Box::new(a)), ty, span)
}

/// Result type of a binary operator.
#[must_use]
pub fn binary_type(family: Family, op: BinOp) -> Type {
    match family {
        Family::Dyn | Family::Grow => Type::Any,
        _ if op.is_comparison() => Type::Bool,
        Family::Int | Family::IntChecked => Type::Int,
        Family::Float => Type::Float,
        Family::Str => Type::Str,
        Family::Bool | Family::Same => Type::Bool,
    }
}

/// Result type of a prefix operator.
#[must_use]
pub fn unary_type(family: Family, op: UnOp) -> Type {
    match (family, op) {
        (Family::Dyn | Family::Grow, _) => Type::Any,
        (Family::Float, UnOp::ToInt) => Type::Int,
        (Family::Int, UnOp::ToFloat) | (Family::Float, _) => Type::Float,
        (Family::Int | Family::IntChecked, _) => Type::Int,
        (Family::Str | Family::Bool | Family::Same, _) => Type::Bool,
    }
}

/// Truth of any value by the language's rule.
#[must_use]
pub fn truthy(a: Expr) -> Expr {
    let span = a.span;
    match a.ty {
        Type::Bool | Type::Never => a,
        _ => expr(ExprKind::Truthy(Box::new(a)), Type::Bool, span),
    }
}

/// A run-time proof that the value has the type; nothing when it is already known.
#[must_use]
pub fn cast(ty: Type, a: Expr) -> Expr {
    if a.ty.fits(ty) {
        return a;
    }
    let span = a.span;
    expr(ExprKind::Cast(ty, Box::new(a)), ty, span)
}

/// A conditional; the type is the join of the branches.
#[must_use]
pub fn if_(cond: Expr, then: Expr, otherwise: Expr, span: Span) -> Expr {
    let ty = if cond.ty == Type::Never { Type::Never } else { then.ty.join(otherwise.ty) };
    expr(ExprKind::If(Box::new(cond), Box::new(then), Box::new(otherwise)), ty, span)
}

/// A choice by a condition of any type; `var`, a local of type Any, receives what is no boolean. The type is the join of
/// the three ways. A condition of type Bool makes it an [`if_`].
#[must_use]
pub fn choose(cond: Expr, then: Expr, else_: Expr, var: LocalIdx, other: Expr, span: Span) -> Expr {
    match cond.ty {
        Type::Never => return cond,
        Type::Bool => return if_(cond, then, else_, span),
        _ => {}
    }
    let ty = then.ty.join(else_.ty).join(other.ty);
    let (cond, then, else_, other) = (Box::new(cond), Box::new(then), Box::new(else_), Box::new(other));
    expr(ExprKind::Choose { cond, then, else_, var, other }, ty, span)
}

/// A field of whatever record the base is, by its number.
#[must_use]
pub fn part(base: Expr, number: u32, span: Span) -> Expr {
    let ty = if base.ty == Type::Never { Type::Never } else { Type::Any };
    expr(ExprKind::Part(Box::new(base), number), ty, span)
}

/// Assignment to a field of whatever record the base is, by its number.
#[must_use]
pub fn set_part(base: Expr, number: u32, value: Expr, span: Span) -> Expr {
    let ty = statement_type(&[&base, &value]);
    expr(ExprKind::SetPart(Box::new(base), number, Box::new(value)), ty, span)
}

/// A message send without spread arguments.
#[must_use]
pub fn send(receiver: Expr, name: impl Into<String>, args: Vec<Expr>, span: Span) -> Expr {
    let never = receiver.ty == Type::Never || args.iter().any(|a| a.ty == Type::Never);
    let ty = if never { Type::Never } else { Type::Any };
    let args = args.into_iter().map(|expr| Arg { expr, spread: false }).collect();
    expr(ExprKind::Send(Box::new(receiver), name.into(), args), ty, span)
}

/// A message send whose lookup begins at `start`.
#[must_use]
pub fn send_from(start: Expr, receiver: Expr, name: impl Into<String>, args: Vec<Expr>, span: Span) -> Expr {
    let never = [&start, &receiver].into_iter().chain(&args).any(|a| a.ty == Type::Never);
    let ty = if never { Type::Never } else { Type::Any };
    expr(ExprKind::SendFrom(Box::new(start), Box::new(receiver), name.into(), args), ty, span)
}

/// A sequence; the type is that of the last, or `Never` if any part never finishes.
#[must_use]
pub fn block(parts: Vec<Expr>, span: Span) -> Expr {
    let ty =
        if parts.iter().any(|p| p.ty == Type::Never) { Type::Never } else { parts.last().map_or(Type::Nil, |p| p.ty) };
    expr(ExprKind::Block(parts), ty, span)
}

/// A loop with a condition.
#[must_use]
pub fn while_(label: Label, cond: Expr, body: Expr, span: Span) -> Expr {
    let kind = ExprKind::While { label, cond: Some(Box::new(cond)), body: Box::new(body), step: None };
    expr(kind, Type::Nil, span)
}

/// Leaves the function with a value.
#[must_use]
pub fn return_(value: Expr, span: Span) -> Expr {
    expr(ExprKind::Return(Box::new(value)), Type::Never, span)
}

/// Call of a known function whose result type is given.
#[must_use]
pub fn call(func: FuncIdx, args: Vec<Expr>, result: Type, span: Span) -> Expr {
    expr(ExprKind::Call(func, args), result, span)
}

/// A record with exactly the declared fields of its class.
#[must_use]
pub fn record(class: ClassIdx, fields: Vec<(String, Expr)>, span: Span) -> Expr {
    expr(ExprKind::Record(class, fields), Type::Record(class), span)
}

/// Type of a statement node: `Never` if an operand never finishes, else `Nil`.
#[must_use]
pub fn statement_type(operands: &[&Expr]) -> Type {
    if operands.iter().any(|o| o.ty == Type::Never) { Type::Never } else { Type::Nil }
}
