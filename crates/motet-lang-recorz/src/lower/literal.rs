//! Literals. Those that are objects are made when they are evaluated first, and are the same object from then on.

use alloc::{
    boxed::Box,
    format,
    string::{String, ToString},
    vec,
};

use motet_ir::{Elem, Expr as Ir, ExprKind as Kind, Type, build};
use motet_source::Span;

use super::{Lowerer, send::any};
use crate::ast::Literal;

impl Lowerer {
    /// The value of a literal.
    pub(super) fn literal(&mut self, literal: &Literal<'_>, span: Span) -> Ir {
        match literal {
            Literal::Nil | Literal::Bool(_) | Literal::Int(_) | Literal::Float(_) | Literal::Symbol(_) => {
                self.fresh(literal, span)
            }
            Literal::Large(..)
            | Literal::Scaled(..)
            | Literal::Char(_)
            | Literal::Str(_)
            | Literal::Array(_)
            | Literal::Bytes(_) => {
                let value = self.fresh(literal, span);
                self.once(value, span)
            }
        }
    }

    /// Makes something at its first evaluation and keeps it.
    fn once(&mut self, value: Ir, span: Span) -> Ir {
        let global = self.tables.new_global(String::from("$literal"));
        let read = || any(Kind::GlobalOrUnset(global), span);
        let unmade = build::expr(Kind::IsUnset(Box::new(read())), Type::Bool, span);
        let make = build::expr(Kind::SetGlobal(global, Box::new(value)), Type::Nil, span);
        build::block(vec![build::if_(unmade, make, build::nil(span), span), read()], span)
    }

    /// A new object for a literal.
    fn fresh(&mut self, literal: &Literal<'_>, span: Span) -> Ir {
        match literal {
            Literal::Nil => build::nil(span),
            Literal::Bool(value) => build::bool(*value, span),
            Literal::Int(value) => build::int(*value, span),
            Literal::Float(value) => build::float(*value, span),
            Literal::Symbol(text) => {
                self.words.word(text);
                build::str(text.to_string(), span)
            }
            Literal::Large(negative, base, digits) => {
                let digits = if *negative { format!("-{digits}") } else { digits.to_string() };
                let args = vec![build::str(digits, span), build::int(i64::from(*base), span)];
                self.native_call("large", args, span)
            }
            Literal::Scaled(digits, point, scale) => {
                let args = vec![
                    build::str(digits.as_str(), span),
                    build::int(i64::from(*point), span),
                    build::int(i64::from(*scale), span),
                ];
                self.native_call("scaled", args, span)
            }
            Literal::Char(c) => self.native_call("character", vec![build::int(i64::from(u32::from(*c)), span)], span),
            Literal::Str(text) => {
                // It may come to name a method or class.
                if !text.is_empty() && text.bytes().all(|c| c.is_ascii_alphanumeric() || c == b':') {
                    self.words.word(text);
                }
                self.native_call("string", vec![build::str(text.to_string(), span)], span)
            }
            Literal::Bytes(bytes) => {
                let text: String = bytes.iter().map(|&byte| char::from(byte)).collect();
                self.native_call("byte_array", vec![build::str(text, span)], span)
            }
            Literal::Array(items) => {
                let items = items.iter().map(|item| Elem::One(self.fresh(item, span))).collect();
                let list = build::expr(Kind::List(items), Type::List, span);
                self.native_call("array", vec![list], span)
            }
        }
    }
}
