//! Expressions that become C expressions: without effect, unable to fail, and small.

use alloc::{format, string::String};

use motet_ir::{BinOp, Expr, ExprKind, Family, UnOp};

use crate::body::{Body, Val};
use crate::names;
use crate::typing::Ty;

/// Deepest C expression that is written in one piece. Compilers bound the nesting of brackets.
pub(crate) const DEPTH: u32 = 24;

/// C text of a prefix operator on an operand.
pub(crate) fn unary_text(family: Family, op: UnOp, a: &str) -> Option<String> {
    Some(match (family, op) {
        (Family::Int, UnOp::Neg) => format!("m_neg({a})"),
        (Family::Int, UnOp::BitNot) => format!("m_inv({a})"),
        (Family::Int, UnOp::ToFloat) => format!("m_to_float({a})"),
        (Family::Float, UnOp::Neg) => format!("m_fneg({a})"),
        (Family::Float, UnOp::ToInt) => format!("m_to_int({a})"),
        (Family::Float, UnOp::ToFloat32) => format!("m_to_float32({a})"),
        (Family::Bool, UnOp::Not) => format!("(!{a})"),
        (Family::Dyn | Family::Grow | Family::IntChecked | Family::Str | Family::Same, _)
        | (Family::Int, UnOp::Not | UnOp::ToInt | UnOp::ToFloat32)
        | (Family::Float, UnOp::Not | UnOp::BitNot | UnOp::ToFloat)
        | (Family::Bool, UnOp::Neg | UnOp::BitNot | UnOp::ToFloat | UnOp::ToInt | UnOp::ToFloat32) => return None,
    })
}

/// C text of a binary operator that cannot fail; `None` for those that can, and for operators without C form.
pub(crate) fn binary_text(family: Family, op: BinOp, types: (Ty, Ty), a: &str, b: &str) -> Option<String> {
    let function = match family {
        Family::Int => int_function(op)?,
        Family::Float => float_function(op)?,
        Family::Str => return comparison(op).map(|op| format!("(m_compare({a}, {b}) {op} 0)")),
        Family::Same => return same_text(op, types, a, b),
        Family::Dyn | Family::Grow | Family::IntChecked | Family::Bool => return None,
    };
    Some(format!("{function}({a}, {b})"))
}

fn comparison(op: BinOp) -> Option<&'static str> {
    Some(match op {
        BinOp::Eq => "==",
        BinOp::Ne => "!=",
        BinOp::Lt => "<",
        BinOp::Le => "<=",
        BinOp::Gt => ">",
        BinOp::Ge => ">=",
        BinOp::Add | BinOp::Sub | BinOp::Mul | BinOp::Div | BinOp::Rem => return None,
        BinOp::BitAnd | BinOp::BitOr | BinOp::BitXor | BinOp::Shl | BinOp::Shr | BinOp::Ushr => return None,
        BinOp::FloorDiv | BinOp::Mod => return None,
    })
}

fn int_function(op: BinOp) -> Option<&'static str> {
    Some(match op {
        BinOp::Add => "m_add",
        BinOp::Sub => "m_sub",
        BinOp::Mul => "m_mul",
        BinOp::Div | BinOp::Rem => return None,
        BinOp::Eq => "m_eq",
        BinOp::Ne => "m_ne",
        BinOp::Lt => "m_lt",
        BinOp::Le => "m_le",
        BinOp::Gt => "m_gt",
        BinOp::Ge => "m_ge",
        BinOp::BitAnd => "m_and",
        BinOp::BitOr => "m_or",
        BinOp::BitXor => "m_xor",
        BinOp::Shl => "m_shl",
        BinOp::Shr => "m_shr",
        BinOp::Ushr => "m_ushr",
        BinOp::FloorDiv | BinOp::Mod => return None,
    })
}

fn float_function(op: BinOp) -> Option<&'static str> {
    Some(match op {
        BinOp::Add => "m_fadd",
        BinOp::Sub => "m_fsub",
        BinOp::Mul => "m_fmul",
        BinOp::Div => "m_fdiv",
        BinOp::Rem => "m_frem",
        BinOp::Eq => "m_feq",
        BinOp::Ne => "m_fne",
        BinOp::Lt => "m_flt",
        BinOp::Le => "m_fle",
        BinOp::Gt => "m_fgt",
        BinOp::Ge => "m_fge",
        BinOp::BitAnd | BinOp::BitOr | BinOp::BitXor | BinOp::Shl | BinOp::Shr | BinOp::Ushr => return None,
        BinOp::FloorDiv | BinOp::Mod => return None,
    })
}

/// Identity of values of known types.
fn same_text(op: BinOp, types: (Ty, Ty), a: &str, b: &str) -> Option<String> {
    let equal = match op {
        BinOp::Eq => "",
        BinOp::Ne => "!",
        _ => return None,
    };
    Some(match types {
        (Ty::Other, _) | (_, Ty::Other) => return None,
        (Ty::Int, Ty::Int) => format!("({equal}m_eq({a}, {b}))"),
        (Ty::Float, Ty::Float) => format!("({equal}m_feq({a}, {b}))"),
        (Ty::Bool, Ty::Bool) => format!("({equal}m_beq({a}, {b}))"),
        (Ty::Str, Ty::Str) => format!("({equal}(m_compare({a}, {b}) == 0))"),
        (Ty::Record(_), Ty::Record(_)) => format!("({equal}m_same({a}, {b}))"),
        // Values without information are equal if they are of one type; others of different types never are.
        (x, y) => String::from(if (x == y) == (op == BinOp::Eq) { "true" } else { "false" }),
    })
}

impl Body<'_, '_> {
    /// Whether the expression becomes a C expression, within so many levels.
    pub(crate) fn is_simple(&self, e: &Expr, depth: u32) -> bool {
        let Some(depth) = depth.checked_sub(1) else { return false };
        let ty = self.ty(e);
        if ty == Ty::Other || ty == Ty::Never {
            return false;
        }
        match &e.kind {
            ExprKind::Nil
            | ExprKind::Bool(_)
            | ExprKind::Int(_)
            | ExprKind::Float(_)
            | ExprKind::Str(_)
            | ExprKind::Native(_)
            | ExprKind::Local(_) => true,
            ExprKind::Unary(family, op, a) => unary_text(*family, *op, "").is_some() && self.is_simple(a, depth),
            ExprKind::Binary(family, op, a, b) => {
                binary_text(*family, *op, (self.ty(a), self.ty(b)), "", "").is_some()
                    && self.is_simple(a, depth)
                    && self.is_simple(b, depth)
            }
            ExprKind::And(a, b) | ExprKind::Or(a, b) => self.is_simple(a, depth) && self.is_simple(b, depth),
            ExprKind::If(c, a, b) => {
                // Constants as results of conditions are what compilers warn about.
                ty != Ty::Bool
                    && !ty.is_empty()
                    && self.is_simple(c, depth)
                    && self.is_simple(a, depth)
                    && self.is_simple(b, depth)
            }
            ExprKind::Block(parts) => match parts.as_slice() {
                [] => true,
                [only] => self.is_simple(only, depth),
                _ => false,
            },
            ExprKind::Truthy(a) => self.ty(a) == Ty::Bool && self.is_simple(a, depth),
            ExprKind::Cast(_, a) => self.ty(a) == ty && self.is_simple(a, depth),
            ExprKind::Share(a) => !matches!(ty, Ty::Record(_)) && self.is_simple(a, depth),
            ExprKind::CheckSet(a, _) => self.is_simple(a, depth),
            ExprKind::Slot(a, _, _) => !ty.is_empty() && self.is_simple(a, depth),
            _ => false,
        }
    }

    /// C text of a simple expression.
    pub(crate) fn simple(&mut self, e: &Expr) -> Val {
        let ty = self.ty(e);
        match &e.kind {
            ExprKind::Bool(value) => Val::stable(if *value { "true" } else { "false" }),
            ExprKind::Int(value) => Val::stable(names::int(*value)),
            ExprKind::Float(value) => Val::stable(names::float(*value)),
            ExprKind::Str(value) => Val::stable(names::str_value(value)),
            _ if ty.is_empty() => Val::stable("0"),
            ExprKind::Local(local) => Val { text: self.local_name(*local), stable: false },
            ExprKind::Unary(family, op, a) => {
                let a = self.simple(a);
                let text = unary_text(*family, *op, &a.text).unwrap_or_default();
                Val { text, stable: a.stable }
            }
            ExprKind::Binary(family, op, x, y) => {
                let types = (self.ty(x), self.ty(y));
                let (a, b) = (self.simple(x), self.simple(y));
                let text = binary_text(*family, *op, types, &a.text, &b.text).unwrap_or_default();
                Val { text, stable: a.stable && b.stable }
            }
            ExprKind::And(x, y) | ExprKind::Or(x, y) => {
                let op = if matches!(e.kind, ExprKind::And(..)) { "&&" } else { "||" };
                let (a, b) = (self.simple(x), self.simple(y));
                Val { text: format!("({} {op} {})", a.text, b.text), stable: a.stable && b.stable }
            }
            ExprKind::If(c, x, y) => {
                let (c, a, b) = (self.simple(c), self.simple(x), self.simple(y));
                let stable = a.stable && b.stable && c.stable;
                Val { text: format!("({} ? {} : {})", c.text, a.text, b.text), stable }
            }
            ExprKind::Block(parts) => match parts.last() {
                Some(only) => self.simple(only),
                None => Val::stable("0"),
            },
            ExprKind::Truthy(a) | ExprKind::Cast(_, a) | ExprKind::Share(a) | ExprKind::CheckSet(a, _) => {
                self.simple(a)
            }
            ExprKind::Slot(base, class, slot) => {
                let base = self.simple(base);
                Val { text: format!("{}->{}", base.text, self.field_name(*class, *slot)), stable: false }
            }
            // `is_simple` says no to all others.
            _ => Val::stable("0"),
        }
    }
}
