//! Operators (sections 3.2 and 3.3) and conditions.
//!
//! Equality compares printed forms. Two numbers that differ print alike only if
//! both are NaN, both lie within [`TINY`] of zero, or both lie beyond the range
//! of 64-bit integers on the same side; so where one of them is an ordinary
//! number, IEEE equality decides. Texts are never ordered, so the dynamic
//! ordering operators, which compare two texts inline, are used only where one
//! operand is known to be a number.

use alloc::{boxed::Box, vec, vec::Vec};

use motet_ir::{BinOp as IrOp, Expr as Ir, ExprKind as Kind, Family, Type, UnOp, build};
use motet_source::Span;

use super::{
    Effect, Lowerer, both,
    expr::{ir_op, one_or_zero},
    is_type,
    names::after,
};
use crate::ast::{BinOp, Expr, ExprKind};

/// Numbers closer to zero than this print as `0`.
const TINY: f64 = f64::EPSILON;

/// Numbers from here on, on either side of zero, may print as the ends of the range of 64-bit integers.
const HUGE: f64 = 9_223_372_036_854_775_808.0;

/// Bounds of the squares of ordinary numbers, with a margin.
const ORDINARY_SQUARES: (f64, f64) = (1e-30, 1e36);

impl<'a> Lowerer<'a> {
    /// The value of an operator.
    pub(super) fn binary(&mut self, op: BinOp, a: &'a Expr<'a>, b: &'a Expr<'a>, span: Span) -> Ir {
        let a = self.value(a);
        let b = self.value(b);
        match op {
            BinOp::Add | BinOp::Sub | BinOp::Mul | BinOp::Div => arithmetic(op, a, b, span),
            BinOp::Eq | BinOp::Ne | BinOp::Lt | BinOp::Le | BinOp::Gt | BinOp::Ge => {
                one_or_zero(self.compare(op, a, b, span))
            }
        }
    }

    /// The truth of an expression, as a boolean.
    pub(super) fn condition(&mut self, expr: &'a Expr<'a>) -> Ir {
        let span = expr.span;
        match &expr.kind {
            ExprKind::Binary(op, a, b) if ir_op(*op).is_comparison() => {
                let a = self.value(a);
                let b = self.value(b);
                self.compare(*op, a, b, span)
            }
            ExprKind::And(a, b) => {
                let (a, b) = (self.condition(a), self.condition(b));
                both(a, b, span)
            }
            ExprKind::Or(a, b) => {
                let (a, b) = (self.condition(a), self.condition(b));
                build::expr(Kind::Or(Box::new(a), Box::new(b)), Type::Bool, span)
            }
            ExprKind::Not(a) => not(self.condition(a), span),
            _ => {
                let value = self.value(expr);
                match value.ty {
                    Type::Float => build::binary(Family::Float, IrOp::Ne, value, build::float(0.0, span), span),
                    _ => build::truthy(value),
                }
            }
        }
    }

    /// The truth of a comparison.
    fn compare(&mut self, op: BinOp, a: Ir, b: Ir, span: Span) -> Ir {
        if a.ty == Type::Never || b.ty == Type::Never {
            return build::block(vec![a, b], span);
        }
        match op {
            BinOp::Eq => self.equal(a, b, span),
            BinOp::Ne => not(self.equal(a, b, span), span),
            _ => self.order(ir_op(op), a, b, span),
        }
    }

    fn order(&mut self, op: IrOp, a: Ir, b: Ir, span: Span) -> Ir {
        match (a.ty, b.ty) {
            (Type::Float, Type::Float) => build::binary(Family::Float, op, a, b, span),
            (Type::Float, Type::Any) | (Type::Any, Type::Float) => {
                build::truthy(build::binary(Family::Dyn, op, a, b, span))
            }
            (Type::Any, Type::Any) => {
                let mut before = Vec::new();
                let a = self.keep(a, &mut before);
                let b = self.keep(b, &mut before);
                let ordered = build::truthy(build::binary(Family::Dyn, op, a.clone(), b, span));
                after(before, both(is_type(a, Type::Float, span), ordered, span))
            }
            _ => build::block(vec![a, b, build::bool(false, span)], span),
        }
    }

    /// Whether two values have the same printed form.
    fn equal(&mut self, a: Ir, b: Ir, span: Span) -> Ir {
        match (a.ty, b.ty) {
            (Type::Float, Type::Float) => self.equal_numbers(a, b, span),
            (Type::Str, Type::Str) => build::binary(Family::Str, IrOp::Eq, a, b, span),
            (Type::Any, Type::Float | Type::Str) | (Type::Float | Type::Str, Type::Any) => {
                let mut before = Vec::new();
                let a = self.keep_typed(a, &mut before);
                let b = self.keep_typed(b, &mut before);
                let (known, unknown) = if a.ty == Type::Any { (b.ty, a.clone()) } else { (a.ty, b.clone()) };
                let same_kind = is_type(unknown, known, span);
                let (x, y) = (build::cast(known, a.clone()), build::cast(known, b.clone()));
                let inline = self.equal(x, y, span);
                let other = self.same(a, b, span);
                after(before, build::if_(same_kind, inline, other, span))
            }
            (Type::Any, Type::Any) => self.equal_unknown(a, b, span),
            _ => self.same(a, b, span),
        }
    }

    fn same(&mut self, a: Ir, b: Ir, span: Span) -> Ir {
        self.native_call("$same", Type::Bool, Effect::Reads, vec![a, b], span)
    }

    /// Nothing is known: identical values print alike; different texts do not; different numbers hardly ever.
    fn equal_unknown(&mut self, a: Ir, b: Ir, span: Span) -> Ir {
        let mut before = Vec::new();
        let a = self.keep(a, &mut before);
        let b = self.keep(b, &mut before);
        let identical = build::binary(Family::Same, IrOp::Eq, a.clone(), b.clone(), span);
        let both_are = |ty: Type| both(is_type(a.clone(), ty, span), is_type(b.clone(), ty, span), span);
        let (numbers, texts) = (both_are(Type::Float), both_are(Type::Str));
        let (x, y) = (build::cast(Type::Float, a.clone()), build::cast(Type::Float, b.clone()));
        let numbers_alike = self.alike(x, y, span);
        let other = self.same(a, b, span);
        let other = build::if_(texts, build::bool(false, span), other, span);
        let different = build::if_(numbers, numbers_alike, other, span);
        after(before, build::if_(identical, build::bool(true, span), different, span))
    }

    fn equal_numbers(&mut self, a: Ir, b: Ir, span: Span) -> Ir {
        let (constant, other) = match (&a.kind, &b.kind) {
            (_, Kind::Float(n)) => (*n, a),
            (Kind::Float(n), _) => (*n, b),
            _ => {
                let mut before = Vec::new();
                let a = self.keep_typed(a, &mut before);
                let b = self.keep_typed(b, &mut before);
                let equal = build::binary(Family::Float, IrOp::Eq, a.clone(), b.clone(), span);
                let alike = self.alike(a, b, span);
                return after(before, build::if_(equal, build::bool(true, span), alike, span));
            }
        };
        let size = if constant < 0.0 { -constant } else { constant };
        if size < TINY {
            let mut before = Vec::new();
            let other = self.keep_typed(other, &mut before);
            let below = build::binary(Family::Float, IrOp::Lt, other.clone(), build::float(TINY, span), span);
            let above = build::binary(Family::Float, IrOp::Gt, other, build::float(-TINY, span), span);
            return after(before, both(below, above, span));
        }
        // The order of a constant and anything else does not matter.
        if size < HUGE || size == f64::INFINITY {
            return build::binary(Family::Float, IrOp::Eq, other, build::float(constant, span), span);
        }
        self.same(other, build::float(constant, span), span)
    }

    /// Whether two different numbers print alike.
    fn alike(&mut self, a: Ir, b: Ir, span: Span) -> Ir {
        let square = build::binary(Family::Float, IrOp::Mul, a.clone(), a.clone(), span);
        let mut before = Vec::new();
        let square = self.keep_typed(square, &mut before);
        let bound = |op, n: f64| build::binary(Family::Float, op, square.clone(), build::float(n, span), span);
        let ordinary = both(bound(IrOp::Ge, ORDINARY_SQUARES.0), bound(IrOp::Le, ORDINARY_SQUARES.1), span);
        let slow = self.same(a, b, span);
        after(before, build::if_(ordinary, build::bool(false, span), slow, span))
    }
}

/// `plus`, `minus`, `times`, `divided by`.
pub(super) fn arithmetic(op: BinOp, a: Ir, b: Ir, span: Span) -> Ir {
    if a.ty == Type::Never || b.ty == Type::Never {
        return build::block(vec![a, b], span);
    }
    let ir = ir_op(op);
    if op == BinOp::Add {
        return match (a.ty, b.ty) {
            (Type::Float, Type::Float) => build::binary(Family::Float, ir, a, b, span),
            (Type::Str, _) => join(a, b, span),
            _ => build::binary(Family::Dyn, ir, a, b, span),
        };
    }
    let inline = match (a.ty, b.ty) {
        (Type::Float, Type::Float) => op != BinOp::Div || matches!(b.kind, Kind::Float(n) if n != 0.0),
        _ => false,
    };
    if inline {
        return build::binary(Family::Float, ir, a, b, span);
    }
    // The result is a number, or there is none.
    build::cast(Type::Float, build::binary(Family::Dyn, ir, a, b, span))
}

/// A text and anything. What begins with a text of the program is put together at once; anything else may be a variable
/// that grows.
fn join(a: Ir, b: Ir, span: Span) -> Ir {
    match a.kind {
        Kind::Concat(mut parts) => {
            parts.push(b);
            build::expr(Kind::Concat(parts), Type::Str, span)
        }
        Kind::Str(_) => build::expr(Kind::Concat(vec![a, b]), Type::Str, span),
        _ => build::binary(Family::Dyn, IrOp::Add, a, b, span),
    }
}

fn not(a: Ir, span: Span) -> Ir {
    match a.kind {
        Kind::Bool(b) => build::bool(!b, span),
        _ => build::unary(Family::Bool, UnOp::Not, a, span),
    }
}
