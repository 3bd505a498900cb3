//! Messages: operators, the common messages of arrays and blocks, and sends.

use alloc::{boxed::Box, vec, vec::Vec};

use motet_ir::{Arg, BinOp, Expr as Ir, ExprKind as Kind, Family, Type, UnOp, build};
use motet_source::Span;

use super::{Lowerer, any, control::Inlined, is_type};
use crate::ast::{Expr, ExprKind, Message};

/// The core's operator for a message, and the message for an operator.
pub(crate) const OPERATORS: &[(&str, BinOp)] = &[
    ("+", BinOp::Add),
    ("-", BinOp::Sub),
    ("*", BinOp::Mul),
    ("/", BinOp::FloorDiv),
    ("%", BinOp::Mod),
    ("rem:", BinOp::Rem),
    ("=", BinOp::Eq),
    ("<>", BinOp::Ne),
    ("<", BinOp::Lt),
    ("<=", BinOp::Le),
    (">", BinOp::Gt),
    (">=", BinOp::Ge),
    ("&", BinOp::BitAnd),
    ("bitXor:", BinOp::BitXor),
];

impl<'a> Lowerer<'a> {
    pub(super) fn send(&mut self, receiver: &'a Expr<'a>, message: &'a Message<'a>, wanted: bool, span: Span) -> Ir {
        if let Some(inlined) = Inlined::of(self, receiver, message) {
            return self.inlined(inlined, message, wanted, span);
        }
        let selector = &*message.selector;
        if receiver.kind == ExprKind::Name("super") {
            let above = self.above(span);
            let receiver = self.receiver(span);
            let args = message.args.iter().map(|arg| self.expr(arg)).collect();
            return build::send_from(above, receiver, selector, args, span);
        }
        let receiver = self.expr(receiver);
        let mut args: Vec<Ir> = message.args.iter().map(|arg| self.expr(arg)).collect();
        if receiver.ty == Type::Never || args.iter().any(|a| a.ty == Type::Never) {
            return build::send(receiver, selector, args, span);
        }
        if !self.overridden.contains(selector) {
            match selector {
                "isNil" => return build::expr(Kind::IsNil(Box::new(receiver)), Type::Bool, span),
                "notNil" => {
                    let is_nil = build::expr(Kind::IsNil(Box::new(receiver)), Type::Bool, span);
                    return build::unary(Family::Bool, UnOp::Not, is_nil, span);
                }
                "not" => return self.negation(receiver, span),
                "==" => return self.identity(receiver, args.remove(0), span),
                "~=" => {
                    let same = self.identity(receiver, args.remove(0), span);
                    return build::unary(Family::Bool, UnOp::Not, same, span);
                }
                _ => {}
            }
        }
        if let Some((_, op)) = OPERATORS.iter().find(|(text, _)| *text == selector) {
            return build::binary(Family::Grow, *op, receiver, args.remove(0), span);
        }
        match selector {
            "value" | "value:" | "value:with:" => self.value(receiver, selector, args, span),
            "at:" | "at:put:" => self.element(receiver, selector, args, span),
            "length" => {
                let mut parts = Vec::new();
                let list = self.held(receiver, &[], &mut parts);
                let length = self.typed_native_call("som.length", Type::Int, vec![list.clone()], span);
                let send = build::send(list.clone(), selector, args, span);
                parts.push(build::if_(is_type(list, Type::List, span), length, send, span));
                build::block(parts, span)
            }
            "restart" if self.frame().restart.is_some() => self.restart(receiver, span),
            _ => build::send(receiver, selector, args, span),
        }
    }

    /// Whether two values are identical; large integers, which are objects of the engine, are so by value.
    fn identity(&mut self, a: Ir, b: Ir, span: Span) -> Ir {
        let is_plain = |e: &Ir| e.ty != Type::Any || matches!(e.kind, Kind::Global(_));
        if is_plain(&a) || is_plain(&b) {
            return build::binary(Family::Same, BinOp::Eq, a, b, span);
        }
        let mut parts = Vec::new();
        let left = self.held(a, core::slice::from_ref(&b), &mut parts);
        let right = self.held(b, &[], &mut parts);
        let same = build::binary(Family::Same, BinOp::Eq, left.clone(), right.clone(), span);
        let equal = self.typed_native_call("som.same", Type::Bool, vec![left, right], span);
        parts.push(build::expr(Kind::Or(Box::new(same), Box::new(equal)), Type::Bool, span));
        build::block(parts, span)
    }

    fn negation(&mut self, receiver: Ir, span: Span) -> Ir {
        if receiver.ty == Type::Bool {
            return build::unary(Family::Bool, UnOp::Not, receiver, span);
        }
        let var = self.temp(Type::Any);
        let other = build::send(build::local(var, Type::Any, span), "not", Vec::new(), span);
        build::choose(receiver, build::bool(false, span), build::bool(true, span), var, other, span)
    }

    /// Blocks are called; anything else gets the message.
    fn value(&mut self, receiver: Ir, selector: &str, args: Vec<Ir>, span: Span) -> Ir {
        let mut parts = Vec::new();
        let block = self.held(receiver, &args, &mut parts);
        let mut values = Vec::new();
        let mut args = args.into_iter();
        while let Some(arg) = args.next() {
            values.push(self.held(arg, args.as_slice(), &mut parts));
        }
        let args = values.iter().cloned().map(|expr| Arg { expr, spread: false }).collect();
        let call = any(Kind::CallValue(Box::new(block.clone()), args), span);
        let send = build::send(block.clone(), selector, values, span);
        parts.push(build::if_(is_type(block, Type::Func, span), call, send, span));
        build::block(parts, span)
    }

    /// Elements of arrays by integer; anything else gets the message.
    fn element(&mut self, receiver: Ir, selector: &str, args: Vec<Ir>, span: Span) -> Ir {
        let mut parts = Vec::new();
        let base = self.held(receiver, &args, &mut parts);
        let mut args = args;
        let new = if args.len() > 1 { args.pop() } else { None };
        let at = args.pop().map(|at| self.held(at, new.as_slice(), &mut parts));
        let at = at.unwrap_or_else(|| build::nil(span));
        let new = new.map(|new| self.held(new, &[], &mut parts));
        // What is no integer is no index of an array, and is refused by the subtraction or by the access.
        let index = build::binary(Family::Grow, BinOp::Sub, at.clone(), build::int(1, span), span);
        let list = Box::new(base.clone());
        let (access, args) = match new {
            None => (any(Kind::Index(list, Box::new(index)), span), vec![at]),
            Some(new) => {
                let kind = Kind::SetIndex(list, Box::new(index), Box::new(new.clone()));
                let store = build::expr(kind, Type::Nil, span);
                (build::block(vec![store, new.clone()], span), vec![at, new])
            }
        };
        let send = build::send(base.clone(), selector, args, span);
        parts.push(build::if_(is_type(base, Type::List, span), access, send, span));
        build::block(parts, span)
    }

    /// `restart` to a block begins the running method or block anew.
    fn restart(&mut self, receiver: Ir, span: Span) -> Ir {
        let temp = self.temp(Type::Any);
        let local = || build::local(temp, Type::Any, span);
        let label = self.frame().restart.unwrap_or_default();
        let again = build::expr(Kind::Continue(label), Type::Never, span);
        let send = build::send(local(), "restart", Vec::new(), span);
        let choice = build::if_(is_type(local(), Type::Func, span), again, send, span);
        build::block(vec![build::set_local(temp, receiver, span), choice], span)
    }
}
