//! Operators on values: arithmetic by C's rules, comparisons, conditions, steps.

use alloc::{boxed::Box, format, vec, vec::Vec};

use motet_ir::{self as ir, Family, build};
use motet_source::{Code, Span};

use super::{
    Lowerer, V,
    convert::{UINT64, round32},
};
use crate::{
    ast::{BinOp, Expr, ExprKind, UnOp},
    types::{Ty, accepts},
};

impl<'a> Lowerer<'a> {
    /// A chain of operators, whose left side may be thousands of links long.
    pub(super) fn operators(&mut self, e: &'a Expr) -> V {
        let mut links = Vec::new();
        let mut first = e;
        while let ExprKind::Binary(op, a, b) = &first.kind {
            links.push((*op, &**a, &**b, first.span));
            first = a;
        }
        let mut v = self.expr(first, None);
        for (op, a, b, span) in links.into_iter().rev() {
            v = self.binary(op, v, a, b, span);
        }
        v
    }

    fn binary(&mut self, op: BinOp, left: V, a: &'a Expr, b: &'a Expr, span: Span) -> V {
        match op {
            BinOp::And | BinOp::Or => {
                let left = self.condition(left, a);
                let right = self.expr(b, None);
                let right = self.condition(right, b);
                let (left, right) = (Box::new(left), Box::new(right));
                let kind =
                    if op == BinOp::And { ir::ExprKind::And(left, right) } else { ir::ExprKind::Or(left, right) };
                V::new(Ty::Bool, build::expr(kind, ir::Type::Bool, span))
            }
            BinOp::Is | BinOp::IsNot => {
                let right = self.expr(b, Some(left.ty.plain()));
                let e = self.same(left, right, span);
                V::new(Ty::Bool, if op == BinOp::Is { e } else { self.negate(e, span) })
            }
            BinOp::Lt | BinOp::Gt | BinOp::Le | BinOp::Ge => {
                let right = self.expr(b, None);
                let e = self.ordered(op, left, right, span);
                V::new(Ty::Bool, e)
            }
            _ => {
                let right = self.expr(b, None);
                self.arithmetic(op, left, right, span)
            }
        }
    }

    fn arithmetic(&mut self, op: BinOp, left: V, right: V, span: Span) -> V {
        let (left, right) = (self.plain(left), self.plain(right));
        let ty = left.ty.clone();
        if ty.is_open() || right.ty.is_open() {
            return V::new(ty, build::nil(span));
        }
        if ty == Ty::Str && op == BinOp::Add {
            if right.ty != Ty::Str {
                self.mismatch(span, &right.ty, &ty);
                return V::new(ty, left.e);
            }
            let e = match (&left.e.kind, &right.e.kind) {
                (ir::ExprKind::Str(a), ir::ExprKind::Str(b)) => build::str(format!("{a}{b}"), span),
                _ => build::binary(Family::Str, ir::BinOp::Add, left.e, right.e, span),
            };
            return V::new(ty, e);
        }
        if ty.numeric().is_none() || right.ty.numeric().is_none() {
            let worse = if ty.numeric().is_none() { &ty } else { &right.ty };
            let message = format!("operator '{}' does not take {}", op.text(), self.show(worse));
            self.note(Code::TypeMismatch, span, message);
            return V::new(Ty::Unknown, left.e);
        }
        let real = [&left, &right].iter().any(|v| v.e.ty == ir::Type::Float);
        let bits = matches!(op, BinOp::BitAnd | BinOp::BitOr | BinOp::BitXor | BinOp::Shl | BinOp::Shr);
        if real && bits {
            let message = format!("operator '{}' does not take Float", op.text());
            self.note(Code::TypeMismatch, span, message);
            return V::new(ty, left.e);
        }
        if real { self.real(op, left, right, ty, span) } else { self.whole(op, left, right, ty, span) }
    }

    /// Both operands as floats, and whether one of them is a binary64 number, a literal included; else whole numbers are
    /// rounded to binary32.
    fn operands(&mut self, left: V, right: V) -> (ir::Expr, ir::Expr, bool) {
        let is_double = |v: &V| v.e.ty == ir::Type::Float && (v.raw || v.ty == Ty::Float64);
        let raw = is_double(&left) || is_double(&right);
        let mut side = |v: V| {
            let whole = v.e.ty == ir::Type::Int;
            let e = self.double(v);
            if whole && !raw { round32(e) } else { e }
        };
        (side(left), side(right), raw)
    }

    /// In binary64 if an operand is one; else each result is rounded to binary32.
    fn real(&mut self, op: BinOp, left: V, right: V, ty: Ty, span: Span) -> V {
        let (a, b, raw) = self.operands(left, right);
        let e = match (&a.kind, &b.kind) {
            (ir::ExprKind::Float(x), ir::ExprKind::Float(y)) if op != BinOp::Rem => {
                let value = match op {
                    BinOp::Add => x + y,
                    BinOp::Sub => x - y,
                    BinOp::Mul => x * y,
                    _ => x / y,
                };
                // A NaN is made at run time, so that its sign is the machine's.
                if value.is_nan() {
                    build::binary(Family::Float, ir_op(op), a, b, span)
                } else {
                    build::float(value, span)
                }
            }
            _ => build::binary(Family::Float, ir_op(op), a, b, span),
        };
        let e = if raw { e } else { round32(e) };
        V { raw, ..V::new(ty, e) }
    }

    fn whole(&mut self, op: BinOp, left: V, right: V, ty: Ty, span: Span) -> V {
        let unsigned = [&left, &right].iter().any(|v| v.ty == Ty::Int(UINT64));
        let (a, b) = (left.e, right.e);
        if let (ir::ExprKind::Int(x), ir::ExprKind::Int(y)) = (&a.kind, &b.kind)
            && let Some(n) = folded(op, *x, *y).filter(|_| !unsigned)
        {
            return V { raw: true, ..V::new(ty, build::int(n, span)) };
        }
        let e = match op {
            BinOp::Div if unsigned => self.call_native("rae.u64_div", ir::Type::Int, vec![a, b], span),
            BinOp::Rem if unsigned => self.call_native("rae.u64_rem", ir::Type::Int, vec![a, b], span),
            _ => build::binary(Family::Int, ir_op(op), a, b, span),
        };
        V { raw: true, ..V::new(if matches!(ty, Ty::Enum(_)) { Ty::INT } else { ty }, e) }
    }

    // ---- comparisons

    /// Whether both sides of `is`, of an order, of a pattern have something in common; reports it if not.
    fn comparable(&mut self, span: Span, a: &Ty, b: &Ty) -> bool {
        let (l, r) = (a.plain(), b.plain());
        let numbers = l.numeric().is_some() && r.numeric().is_some();
        if *l == Ty::None || *r == Ty::None || numbers || accepts(l, r) || accepts(r, l) {
            return true;
        }
        let message = format!("cannot compare {} with {}", self.show(l), self.show(r));
        self.note(Code::TypeMismatch, span, message);
        false
    }

    /// `left is right`.
    pub(super) fn same(&mut self, left: V, right: V, span: Span) -> ir::Expr {
        if !self.comparable(span, &left.ty, &right.ty) {
            return build::bool(false, span);
        }
        if left.ty == Ty::None || right.ty == Ty::None {
            // An optional reference is `none` itself.
            let v = if left.ty == Ty::None { right } else { left };
            return self.is_nil(v.e);
        }
        let (left, right) = (self.deref(left), self.deref(right));
        let both = matches!((&left.ty, &right.ty), (Ty::Opt(_), Ty::Opt(_)));
        if both && !matches!(left.ty.plain(), Ty::Float | Ty::Float64) {
            let kind = ir::ExprKind::Binary(Family::Same, ir::BinOp::Eq, Box::new(left.e), Box::new(right.e));
            return build::expr(kind, ir::Type::Bool, span);
        }
        let (left, right) = (self.plain(left), self.plain(right));
        if left.ty.is_open() || right.ty.is_open() {
            return build::bool(false, span);
        }
        let op = ir::BinOp::Eq;
        match (&left.ty, &right.ty) {
            (Ty::Str, _) => build::binary(Family::Str, op, left.e, right.e, span),
            (Ty::Bool, _) => build::binary(Family::Same, op, left.e, right.e, span),
            (Ty::Any, _) | (_, Ty::Any) => {
                let (a, b) = (self.convert(left, &Ty::Any), self.convert(right, &Ty::Any));
                self.call_native("rae.is_same", ir::Type::Bool, vec![a, b], span)
            }
            (Ty::Struct(..) | Ty::Array(..) | Ty::Buffer(_) | Ty::Task(_) | Ty::Void, _) => {
                let message = format!("values of type {} cannot be compared", self.show(&left.ty));
                self.note(Code::TypeMismatch, span, message);
                build::bool(false, span)
            }
            _ => self.compared(op, left, right, span),
        }
    }

    fn ordered(&mut self, op: BinOp, left: V, right: V, span: Span) -> ir::Expr {
        let fine = self.comparable(span, &left.ty, &right.ty);
        let (left, right) = (self.plain(left), self.plain(right));
        if !fine || left.ty.is_open() || right.ty.is_open() {
            return build::bool(false, span);
        }
        let op = match op {
            BinOp::Lt => ir::BinOp::Lt,
            BinOp::Gt => ir::BinOp::Gt,
            BinOp::Le => ir::BinOp::Le,
            _ => ir::BinOp::Ge,
        };
        match (&left.ty, &right.ty) {
            (Ty::Str, Ty::Str) => build::binary(Family::Str, op, left.e, right.e, span),
            (Ty::Any, _) | (_, Ty::Any) => {
                let kind = ir::ExprKind::Binary(Family::Dyn, op, Box::new(left.e), Box::new(right.e));
                build::cast(ir::Type::Bool, build::expr(kind, ir::Type::Any, span))
            }
            (Ty::Char, _) => self.compared(op, left, right, span),
            (l, _) if l.numeric().is_some() => self.compared(op, left, right, span),
            (l, _) => {
                let message = format!("values of type {} have no order", self.show(l));
                self.note(Code::TypeMismatch, span, message);
                build::bool(false, span)
            }
        }
    }

    /// Two numbers, after C's promotion.
    fn compared(&mut self, op: ir::BinOp, left: V, right: V, span: Span) -> ir::Expr {
        let real = [&left, &right].iter().any(|v| v.e.ty == ir::Type::Float);
        if !real {
            let unsigned = [&left, &right].iter().any(|v| v.ty == Ty::Int(UINT64));
            let order = match op {
                ir::BinOp::Lt => Some((false, false)),
                ir::BinOp::Gt => Some((true, false)),
                ir::BinOp::Ge => Some((false, true)),
                ir::BinOp::Le => Some((true, true)),
                _ => None,
            };
            if let Some((swap, not)) = order.filter(|_| unsigned) {
                let args = if swap { vec![right.e, left.e] } else { vec![left.e, right.e] };
                let less = self.call_native("rae.u64_less", ir::Type::Bool, args, span);
                return if not { self.negate(less, span) } else { less };
            }
            return build::binary(Family::Int, op, left.e, right.e, span);
        }
        let (a, b, _) = self.operands(left, right);
        build::binary(Family::Float, op, a, b, span)
    }

    pub(super) fn negate(&self, e: ir::Expr, span: Span) -> ir::Expr {
        let opposite = |op| match op {
            ir::BinOp::Eq => Some(ir::BinOp::Ne),
            ir::BinOp::Ne => Some(ir::BinOp::Eq),
            _ => None,
        };
        match e.kind {
            ir::ExprKind::Bool(b) => build::bool(!b, span),
            ir::ExprKind::Binary(family, op, a, b) => match opposite(op) {
                Some(op) => build::expr(ir::ExprKind::Binary(family, op, a, b), e.ty, span),
                None => {
                    let e = build::expr(ir::ExprKind::Binary(family, op, a, b), e.ty, e.span);
                    build::unary(Family::Bool, ir::UnOp::Not, e, span)
                }
            },
            _ => build::unary(Family::Bool, ir::UnOp::Not, e, span),
        }
    }

    /// A value as a condition: a Bool; numbers count as in C, `none` as false.
    pub(super) fn condition(&mut self, v: V, at: &Expr) -> ir::Expr {
        let span = v.e.span;
        let v = self.plain(v);
        match &v.ty {
            Ty::Bool => v.e,
            Ty::Any => build::truthy(v.e),
            open if open.is_open() => build::bool(true, span),
            t if t.numeric().is_some() || *t == Ty::Char => match v.e.ty {
                ir::Type::Float => build::binary(Family::Float, ir::BinOp::Ne, v.e, build::float(0.0, span), span),
                _ => build::binary(Family::Int, ir::BinOp::Ne, v.e, build::int(0, span), span),
            },
            other => {
                let message = format!("a condition must be a Bool, not {}", self.show(other));
                self.note(Code::TypeMismatch, at.span, message);
                build::bool(true, span)
            }
        }
    }

    // ---- signs and steps

    /// `-` and `bitnot`.
    pub(super) fn signed(&mut self, op: UnOp, v: V, a: &Expr, span: Span) -> V {
        let number = v.ty.numeric().is_some();
        if v.ty.is_open() {
            return v;
        }
        if !number || op == UnOp::BitNot && v.e.ty != ir::Type::Int {
            let message = format!("operator '{}' does not take {}", op.text(), self.show(&v.ty));
            self.note(Code::TypeMismatch, a.span, message);
            return V::new(Ty::Unknown, v.e);
        }
        let raw = v.raw || v.e.ty == ir::Type::Int;
        let e = match (&v.e.kind, op) {
            (ir::ExprKind::Int(n), UnOp::Neg) => build::int(n.wrapping_neg(), span),
            (ir::ExprKind::Int(n), _) => build::int(!n, span),
            (ir::ExprKind::Float(x), _) => build::float(-x, span),
            (_, UnOp::BitNot) => build::unary(Family::Int, ir::UnOp::BitNot, v.e, span),
            _ if v.e.ty == ir::Type::Float => build::unary(Family::Float, ir::UnOp::Neg, v.e, span),
            _ => build::unary(Family::Int, ir::UnOp::Neg, v.e, span),
        };
        V { raw, ..V::new(v.ty, e) }
    }

    /// `++` and `--`: the new value in front of the operand, the old one behind it.
    pub(super) fn step(&mut self, a: &'a Expr, up: bool, prefix: bool, span: Span) -> V {
        self.step_of(a, up, Some(prefix), span)
    }

    /// The same; `prefix` is `None` where nobody uses the value.
    pub(super) fn step_of(&mut self, a: &'a Expr, up: bool, prefix: Option<bool>, span: Span) -> V {
        let place = self.place(a);
        let ty = place.ty.plain().clone();
        if ty.is_open() {
            return V::new(ty, build::nil(span));
        }
        if ty.numeric().is_none() {
            let message = format!("operators '++' and '--' do not take {}", self.show(&ty));
            self.note(Code::TypeMismatch, a.span, message);
            return V::new(Ty::Unknown, build::nil(span));
        }
        if let Some(name) = self.read_only_root(a) {
            let message = format!("cannot mutate through read-only view '{}'", self.text(name));
            self.note(Code::InvalidTarget, a.span, message);
        }
        let mut parts = Vec::new();
        let place = self.pin(place, &mut parts);
        let old = self.load(place.clone());
        let old = self.plain(old);
        let one = V::new(Ty::INT, build::int(1, span));
        let op = if up { BinOp::Add } else { BinOp::Sub };
        let Some(prefix) = prefix else {
            let new = self.arithmetic(op, old, one, span);
            let new = self.convert(new, &place.stored.clone());
            parts.push(self.store(place, new));
            return V::new(Ty::Void, build::block(parts, span));
        };
        let (set, kept) = self.keep(old.e);
        parts.push(set);
        let current = V::new(ty.clone(), self.read(kept, span));
        let new = self.arithmetic(op, current, one, span);
        let new = self.convert(new, &place.stored.clone());
        if prefix {
            parts.push(build::set_local(kept, new, span));
            let new = self.read(kept, span);
            parts.push(self.store(place, new));
        } else {
            parts.push(self.store(place, new));
        }
        parts.push(self.read(kept, span));
        V::new(ty, build::block(parts, span))
    }
}

fn ir_op(op: BinOp) -> ir::BinOp {
    match op {
        BinOp::Add => ir::BinOp::Add,
        BinOp::Sub => ir::BinOp::Sub,
        BinOp::Mul => ir::BinOp::Mul,
        BinOp::Div => ir::BinOp::Div,
        BinOp::Rem => ir::BinOp::Rem,
        BinOp::BitAnd => ir::BinOp::BitAnd,
        BinOp::BitOr => ir::BinOp::BitOr,
        BinOp::BitXor => ir::BinOp::BitXor,
        BinOp::Shl => ir::BinOp::Shl,
        BinOp::Shr => ir::BinOp::Shr,
        BinOp::Is | BinOp::And | BinOp::Or => ir::BinOp::Eq,
        BinOp::IsNot => ir::BinOp::Ne,
        BinOp::Lt => ir::BinOp::Lt,
        BinOp::Gt => ir::BinOp::Gt,
        BinOp::Le => ir::BinOp::Le,
        BinOp::Ge => ir::BinOp::Ge,
    }
}

/// Arithmetic of constants; division by zero is left to run time.
fn folded(op: BinOp, x: i64, y: i64) -> Option<i64> {
    Some(match op {
        BinOp::Add => x.wrapping_add(y),
        BinOp::Sub => x.wrapping_sub(y),
        BinOp::Mul => x.wrapping_mul(y),
        BinOp::Div if y != 0 => x.wrapping_div(y),
        BinOp::Rem if y != 0 => x.wrapping_rem(y),
        BinOp::BitAnd => x & y,
        BinOp::BitOr => x | y,
        BinOp::BitXor => x ^ y,
        BinOp::Shl => x.wrapping_shl(y as u32),
        BinOp::Shr => x.wrapping_shr(y as u32),
        _ => return None,
    })
}
