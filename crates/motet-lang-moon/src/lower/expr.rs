//! Operators, blocks, conditionals, indexing.

use alloc::{boxed::Box, format, vec, vec::Vec};

use motet_ir::{self as ir, Family, build};
use motet_source::{Code, Span};

use super::{Lowerer, R, V, diverge};
use crate::{
    ast::{BinOp, Block, Expr, ExprKind, Ident, If, UnOp},
    types::{Kind, Ty},
};

impl Lowerer<'_> {
    pub(super) fn expr(&mut self, e: &Expr) -> R<V> {
        let span = e.span;
        Ok(match &e.kind {
            ExprKind::Int(v) => V { e: build::int(*v, span), t: Ty::INT },
            ExprKind::Float(v) => V { e: build::float(*v, span), t: Ty::FLOAT },
            ExprKind::Bool(v) => V { e: build::bool(*v, span), t: Ty::BOOL },
            ExprKind::Str(i) => {
                let text = self.strings.get(*i as usize).map_or("", |s| s);
                V { e: build::str(text, span), t: Ty::STRING }
            }
            ExprKind::Ident(name) => self.identifier(*name, span)?,
            ExprKind::Group(inner) => self.expr(inner)?,
            ExprKind::Unary(op, operand) => self.unary(*op, operand, span)?,
            ExprKind::Binary(..) => self.chain(e)?,
            ExprKind::Call(callee, args) => self.call(callee, args, span)?,
            ExprKind::Index(base, index) => self.index(base, index, span)?,
            ExprKind::Field(base, field) => self.field(base, *field, span)?,
            ExprKind::Array(items) => self.array(items, span)?,
            ExprKind::Object(entries) => self.object(entries, span)?,
            ExprKind::StructLit(lit) => self.struct_literal(lit, span)?,
            ExprKind::Block(block) => self.block(block)?,
            ExprKind::If(_) => self.if_chain(e)?,
            ExprKind::Lambda(lambda) => self.lambda(lambda)?,
        })
    }

    pub(super) fn block(&mut self, block: &Block) -> R<V> {
        self.open_scope();
        let v = self.sequence(&block.body, block.span)?;
        self.close_scope();
        Ok(v)
    }

    fn unary(&mut self, op: UnOp, operand: &Expr, span: Span) -> R<V> {
        let v = self.expr(operand)?;
        let dynamic = |f| if self.dynamic { Family::Dyn } else { f };
        let (family, ir_op) = match (op, v.t) {
            (_, Ty::NEVER) => return Ok(v),
            (UnOp::Neg, Ty::INT) => (dynamic(Family::Int), ir::UnOp::Neg),
            (UnOp::Neg, Ty::FLOAT) => (dynamic(Family::Float), ir::UnOp::Neg),
            (UnOp::Not, Ty::BOOL) => (dynamic(Family::Bool), ir::UnOp::Not),
            (op, t) => {
                let sign = if op == UnOp::Neg { '-' } else { '!' };
                let message = format!("cannot apply unary '{sign}' to {}", self.show(t));
                return self.fail(Code::TypeMismatch, span, message);
            }
        };
        Ok(V { e: build::unary(family, ir_op, v.e, span), t: v.t })
    }

    /// A chain of infix operators, without recursion over its left side.
    fn chain(&mut self, e: &Expr) -> R<V> {
        let mut links = Vec::new();
        let mut left = e;
        while let ExprKind::Binary(op, a, b) = &left.kind {
            links.push((*op, &**b, left.span));
            left = a;
        }
        let mut v = self.expr(left)?;
        while let Some((op, right, span)) = links.pop() {
            v = match op {
                BinOp::And | BinOp::Or => self.logical(op, v, right, span)?,
                _ => self.operator(op, v, right, span)?,
            };
        }
        Ok(v)
    }

    fn logical(&mut self, op: BinOp, left: V, right: &Expr, span: Span) -> R<V> {
        if left.t == Ty::NEVER {
            return Ok(left);
        }
        if left.t != Ty::BOOL {
            let message = format!("logical operators require Bool, got {} and ...", self.show(left.t));
            return self.fail(Code::TypeMismatch, span, message);
        }
        let right = self.expr(right)?;
        if right.t != Ty::BOOL && right.t != Ty::NEVER {
            let message = format!("logical operators require Bool, got Bool and {}", self.show(right.t));
            return self.fail(Code::TypeMismatch, span, message);
        }
        let a = build::cast(ir::Type::Bool, left.e);
        let e = match (op, self.dynamic) {
            // A right operand is not checked when types cannot be relied on.
            (BinOp::And, true) => build::if_(a, right.e, build::bool(false, span), span),
            (_, true) => build::if_(a, build::bool(true, span), right.e, span),
            (BinOp::And, false) => build::expr(ir::ExprKind::And(Box::new(a), Box::new(right.e)), ir::Type::Bool, span),
            (_, false) => build::expr(ir::ExprKind::Or(Box::new(a), Box::new(right.e)), ir::Type::Bool, span),
        };
        Ok(V { e, t: Ty::BOOL })
    }

    fn operator(&mut self, op: BinOp, left: V, right: &Expr, span: Span) -> R<V> {
        if left.t == Ty::NEVER {
            return Ok(left);
        }
        let right = self.expr(right)?;
        if right.t == Ty::NEVER {
            return Ok(diverge(vec![left.e, right.e], span));
        }
        self.binary(op, left, right, span)
    }

    /// An infix operator other than `&&` and `||` on checked operands.
    pub(super) fn binary(&mut self, op: BinOp, left: V, right: V, span: Span) -> R<V> {
        let (family, t) = self.operator_types(op, left.t, right.t, span)?;
        let a = self.materialize(left);
        let b = self.materialize(right);
        let family = if self.dynamic && family != Family::Same { Family::Dyn } else { family };
        Ok(V { e: build::binary(family, ir_op(op), a, b, span), t })
    }

    fn operator_types(&self, op: BinOp, a: Ty, b: Ty, span: Span) -> R<(Family, Ty)> {
        let float = a == Ty::FLOAT || b == Ty::FLOAT;
        let numbers = match (a, b) {
            (Ty::INT, Ty::INT) => Some(Family::Int),
            (Ty::FLOAT, Ty::FLOAT) => Some(Family::Float),
            _ => None,
        };
        let message = match op {
            BinOp::Eq | BinOp::Ne => {
                if a == b || !self.core && (self.types.compatible(a, b) || self.types.compatible(b, a)) {
                    let family = match (a, b) {
                        (Ty::STRING, Ty::STRING) if !self.dynamic => Family::Str,
                        _ if self.dynamic => Family::Same,
                        _ => numbers.unwrap_or(Family::Same),
                    };
                    return Ok((family, Ty::BOOL));
                }
                "cannot compare"
            }
            BinOp::Add => match (numbers, a, b) {
                (Some(family), t, _) => return Ok((family, t)),
                (None, Ty::STRING, Ty::STRING) => return Ok((Family::Str, Ty::STRING)),
                _ => "cannot add",
            },
            BinOp::Lt | BinOp::Le | BinOp::Gt | BinOp::Ge => match numbers {
                Some(family) => return Ok((family, Ty::BOOL)),
                None if float => "comparison operators require two Int or two Float, got",
                None => "comparison operators require Int, got",
            },
            BinOp::Sub | BinOp::Mul | BinOp::Div | BinOp::Mod | BinOp::And | BinOp::Or => match numbers {
                Some(family) => return Ok((family, a)),
                None if float => "arithmetic operators require two Int or two Float, got",
                None => "arithmetic operators require Int, got",
            },
        };
        self.fail(Code::TypeMismatch, span, format!("{message} {} and {}", self.show(a), self.show(b)))
    }

    /// An `if` with all its `else if`s, without recursion over them.
    fn if_chain(&mut self, e: &Expr) -> R<V> {
        let mut links: Vec<(Span, ir::Expr, V)> = Vec::new();
        let mut next = Some(e);
        let mut last = None;
        while let Some(e) = next.take() {
            let ExprKind::If(link) = &e.kind else {
                last = Some(self.expr(e)?);
                break;
            };
            let If { cond, then, otherwise } = &**link;
            let c = self.expr(cond)?;
            if c.t == Ty::NEVER {
                last = Some(c);
                break;
            }
            if c.t != Ty::BOOL {
                let message = format!("if condition must be Bool, got {}", self.show(c.t));
                return self.fail(Code::TypeMismatch, e.span, message);
            }
            let then = self.block(then)?;
            if otherwise.is_none() && then.t != Ty::UNIT && then.t != Ty::NEVER {
                let message = format!("if without else must have type Unit, got {}", self.show(then.t));
                return self.fail(Code::TypeMismatch, e.span, message);
            }
            links.push((e.span, c.e, then));
            next = otherwise.as_ref();
        }
        let mut below = last.unwrap_or(V { e: build::nil(e.span), t: Ty::UNIT });
        while let Some((span, cond, then)) = links.pop() {
            below = self.branches(cond, then, below, span)?;
        }
        Ok(below)
    }

    fn branches(&mut self, cond: ir::Expr, then: V, otherwise: V, span: Span) -> R<V> {
        let (a, b) = (then.t, otherwise.t);
        let joined =
            if self.core && a != Ty::NEVER && b != Ty::NEVER { (a == b).then_some(a) } else { self.types.join(a, b) };
        let Some(t) = joined else {
            let message = format!("if branches must have the same type: got {} and {}", self.show(a), self.show(b));
            return self.fail(Code::TypeMismatch, span, message);
        };
        let cond = build::cast(ir::Type::Bool, cond);
        let (then, otherwise) = match t {
            // No value is needed as long as neither branch has made one.
            Ty::UNIT if no_value(&then) && no_value(&otherwise) => (then.e, otherwise.e),
            _ => (self.materialize(then), self.materialize(otherwise)),
        };
        Ok(V { e: build::if_(cond, then, otherwise, span), t })
    }

    fn index(&mut self, base: &Expr, index: &Expr, span: Span) -> R<V> {
        let base = self.expr(base)?;
        if base.t == Ty::NEVER {
            return Ok(base);
        }
        let index = self.expr(index)?;
        if index.t == Ty::NEVER {
            return Ok(diverge(vec![base.e, index.e], span));
        }
        let t = self.element_type(base.t, index.t, span, false)?;
        let read = ir::ExprKind::Index(Box::new(base.e), Box::new(index.e));
        Ok(V { e: build::cast(self.ir_stored(t), build::expr(read, ir::Type::Any, span)), t })
    }

    /// Type of the elements of `base` when indexed with `index`.
    pub(super) fn element_type(&self, base: Ty, index: Ty, span: Span, store: bool) -> R<Ty> {
        let message = match self.types.kind(base) {
            Kind::Array(t) if index == Ty::INT => return Ok(*t),
            Kind::Object(t) if index == Ty::STRING => return Ok(*t),
            Kind::Array(_) => format!("array index must be Int, got {}", self.show(index)),
            Kind::Object(_) => format!("object key must be String, got {}", self.show(index)),
            _ if store => format!("cannot assign through index on {}", self.show(base)),
            _ => format!("cannot index into {}", self.show(base)),
        };
        self.fail(Code::TypeMismatch, span, message)
    }

    fn field(&mut self, base: &Expr, field: Ident, span: Span) -> R<V> {
        if let Some((unit, module)) = self.module_name(base) {
            return self.member_value(unit, module, field, span);
        }
        let base = self.expr(base)?;
        if base.t == Ty::NEVER {
            return Ok(base);
        }
        let at = self.field_of(base.t, field, span)?;
        Ok(self.read_field(base.e, field, at, span))
    }
}

fn no_value(v: &V) -> bool {
    matches!(v.e.ty, ir::Type::Nil | ir::Type::Never)
}

pub(super) fn ir_op(op: BinOp) -> ir::BinOp {
    match op {
        BinOp::Add => ir::BinOp::Add,
        BinOp::Sub => ir::BinOp::Sub,
        BinOp::Mul => ir::BinOp::Mul,
        BinOp::Div => ir::BinOp::Div,
        BinOp::Mod => ir::BinOp::Rem,
        // `And` and `Or` are lowered elsewhere.
        BinOp::Eq | BinOp::And | BinOp::Or => ir::BinOp::Eq,
        BinOp::Ne => ir::BinOp::Ne,
        BinOp::Lt => ir::BinOp::Lt,
        BinOp::Le => ir::BinOp::Le,
        BinOp::Gt => ir::BinOp::Gt,
        BinOp::Ge => ir::BinOp::Ge,
    }
}
