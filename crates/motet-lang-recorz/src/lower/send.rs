//! Messages: operators, element access and calls of blocks that engines know, sends to super, cascades, plain sends.

use alloc::{boxed::Box, string::ToString, vec, vec::Vec};

use motet_ir::{BinOp, Expr as Ir, ExprKind as Kind, Family, LocalIdx, Type, build};
use motet_source::{Code, Span};

use super::{
    Lowered, Lowerer,
    inline::{Inlining, spread_none},
};
use crate::ast::{Expr, ExprKind, Literal, Message};

/// A node that may be anything.
pub(super) fn any(kind: Kind, span: Span) -> Ir {
    build::expr(kind, Type::Any, span)
}

/// The dynamic operator that a message is.
pub(crate) fn operator(selector: &str) -> Option<BinOp> {
    Some(match selector {
        "+" => BinOp::Add,
        "-" => BinOp::Sub,
        "*" => BinOp::Mul,
        "//" => BinOp::FloorDiv,
        "\\\\" => BinOp::Mod,
        "=" => BinOp::Eq,
        "~=" => BinOp::Ne,
        "<" => BinOp::Lt,
        "<=" => BinOp::Le,
        ">" => BinOp::Gt,
        ">=" => BinOp::Ge,
        "bitAnd:" => BinOp::BitAnd,
        "bitOr:" => BinOp::BitOr,
        "bitXor:" => BinOp::BitXor,
        _ => return None,
    })
}

impl Lowerer {
    /// The inlining that holds for what is lowered now.
    pub(super) fn inlining(&self) -> &Inlining {
        self.model.inlining()
    }

    /// A message; its value counts only if `wanted`.
    pub(super) fn send(&mut self, receiver: &Expr<'_>, message: &Message<'_>, wanted: bool, span: Span) -> Lowered<Ir> {
        if let Some(form) = self.inlining().form(receiver, message) {
            return self.inlined(form, receiver, message, wanted, span);
        }
        if receiver.kind == ExprKind::Name("super") {
            return self.super_send(message, span);
        }
        if self.in_library && &*message.selector == "_raise:" {
            let value = self.value(&message.args[0])?;
            return Ok(build::expr(Kind::Raise(Box::new(value)), Type::Never, span));
        }
        let receiver = self.value(receiver)?;
        self.message(receiver, message, span)
    }

    fn args(&mut self, message: &Message<'_>) -> Lowered<Vec<Ir>> {
        message.args.iter().map(|arg| self.value(arg)).collect()
    }

    fn super_send(&mut self, message: &Message<'_>, span: Span) -> Lowered<Ir> {
        let Some(target) = self.target.clone() else {
            return self.error(Code::MisplacedControl, span, "super may only be used in methods");
        };
        self.words.word(&message.selector);
        let receiver = self.receiver(span);
        let args = self.args(message)?;
        let class = self.class_object(&target);
        Ok(build::send_from(any(Kind::GlobalOrUnset(class), span), receiver, message.selector.to_string(), args, span))
    }

    /// A cascade: the receiver is evaluated once.
    pub(super) fn cascade(&mut self, receiver: &Expr<'_>, messages: &[Message<'_>], span: Span) -> Lowered<Ir> {
        if receiver.kind == ExprKind::Name("super") {
            let parts: Lowered<Vec<Ir>> = messages.iter().map(|message| self.super_send(message, span)).collect();
            return Ok(build::block(parts?, span));
        }
        let value = self.value(receiver)?;
        let local = self.temporary();
        let mut parts = vec![build::set_local(local, value, span)];
        for message in messages {
            let receiver = build::local(local, Type::Any, receiver.span);
            parts.push(self.message(receiver, message, message.span)?);
        }
        Ok(build::block(parts, span))
    }

    /// Tells the library's index what a message may call: of a selector that is computed nothing is known.
    fn mention(&mut self, message: &Message<'_>) {
        self.words.word(&message.selector);
        if self.in_library || !message.selector.starts_with("perform:") {
            return;
        }
        match message.args.first().map(|arg| &arg.kind) {
            Some(ExprKind::Literal(Literal::Str(text))) => self.words.word(text),
            // Mentioned where it is lowered.
            Some(ExprKind::Literal(Literal::Symbol(_))) => {}
            _ => self.words.everything(),
        }
    }

    /// A message that is no control structure, to a value.
    fn message(&mut self, receiver: Ir, message: &Message<'_>, span: Span) -> Lowered<Ir> {
        self.mention(message);
        let args = self.args(message)?;
        let selector = &*message.selector;
        if !self.in_library && selector.starts_with("perform:") && !matches!(message.args[0].kind, ExprKind::Literal(_))
        {
            self.words.everything();
        }
        let inlining = self.inlining();
        if !inlining.operation(selector) {
            return Ok(plain(receiver, selector, args, span));
        }
        let everywhere = inlining.everywhere(selector);
        Ok(match (selector, args.len()) {
            _ if operator(selector).is_some() => match (operator(selector), args.into_iter().next()) {
                (Some(op), Some(arg)) => build::binary(Family::Grow, op, receiver, arg, span),
                _ => return self.error(Code::InternalCheck, span, "an operator without argument"),
            },
            ("==" | "~~", 1) if everywhere => {
                let op = if selector == "==" { BinOp::Eq } else { BinOp::Ne };
                let mut args = args;
                match args.pop() {
                    Some(arg) => build::binary(Family::Same, op, receiver, arg, span),
                    None => plain(receiver, selector, args, span),
                }
            }
            ("isNil", 0) if everywhere => is_nil(receiver, span),
            ("notNil", 0) if everywhere => not(is_nil(receiver, span), span),
            ("not", 0) if everywhere => {
                if receiver.ty == Type::Bool {
                    return Ok(not(receiver, span));
                }
                let var = self.temporary();
                let sent = plain(build::local(var, Type::Any, span), "not", Vec::new(), span);
                build::choose(receiver, build::bool(false, span), build::bool(true, span), var, sent, span)
            }
            ("yourself", 0) if everywhere => receiver,
            ("/", 1) => self.quotient(receiver, args, span),
            ("size", 0) => self.length(receiver, span),
            ("at:", 1) | ("at:put:", 2) => self.element(receiver, selector, args, span),
            ("value", 0)
            | ("value:", 1)
            | ("value:value:", 2)
            | ("value:value:value:", 3)
            | ("value:value:value:value:", 4) => self.evaluation(receiver, selector, args, span),
            _ => plain(receiver, selector, args, span),
        })
    }

    /// Evaluates operands once, in order, so that they can be read more than once: what does that, and what reads them.
    fn held(&mut self, operands: Vec<Ir>, span: Span) -> (Vec<Ir>, Vec<Ir>) {
        let stays = |at: usize| match operands[at].kind {
            Kind::Int(_) | Kind::Float(_) | Kind::Nil | Kind::Bool(_) | Kind::Func(_) => true,
            Kind::Local(local) => !operands[at + 1..].iter().any(|later| assigns(later, local)),
            _ => false,
        };
        let stays: Vec<bool> = (0..operands.len()).map(stays).collect();
        let mut parts = Vec::new();
        let mut reads = Vec::new();
        for (operand, stays) in operands.into_iter().zip(stays) {
            if stays {
                reads.push(operand);
                continue;
            }
            let local = self.temporary();
            parts.push(build::set_local(local, operand, span));
            reads.push(build::local(local, Type::Any, span));
        }
        (parts, reads)
    }

    /// `/`: floats are divided in place.
    fn quotient(&mut self, receiver: Ir, args: Vec<Ir>, span: Span) -> Ir {
        let operands = core::iter::once(receiver).chain(args).collect();
        let (mut parts, reads) = self.held(operands, span);
        let read = |i: usize| reads[i].clone();
        let quotient = build::binary(Family::Grow, BinOp::Div, read(0), read(1), span);
        let sent = plain(read(0), "/", vec![read(1)], span);
        parts.push(build::if_(is_type(read(0), Type::Float, span), quotient, sent, span));
        build::block(parts, span)
    }

    /// `size`: that of arrays is known in place.
    fn length(&mut self, receiver: Ir, span: Span) -> Ir {
        let (mut parts, reads) = self.held(vec![receiver], span);
        let read = || reads[0].clone();
        let native = self.native("length", Type::Int);
        let length = build::expr(Kind::CallNative(native, spread_none(vec![read()])), Type::Int, span);
        let sent = plain(read(), "size", Vec::new(), span);
        parts.push(build::if_(is_type(read(), Type::List, span), length, sent, span));
        build::block(parts, span)
    }

    /// `at:` and `at:put:`: elements of arrays by integers are reached in place.
    fn element(&mut self, receiver: Ir, selector: &str, args: Vec<Ir>, span: Span) -> Ir {
        let operands = core::iter::once(receiver).chain(args).collect();
        let (mut parts, reads) = self.held(operands, span);
        let read = |i: usize| reads[i].clone();
        let both = [is_type(read(0), Type::List, span), is_type(read(1), Type::Int, span)];
        let [array, int] = both;
        let test = build::expr(Kind::And(Box::new(array), Box::new(int)), Type::Bool, span);
        let index = build::cast(Type::Int, read(1));
        let index = build::binary(Family::Int, BinOp::Sub, index, build::int(1, span), span);
        let (inline, sent) = if reads.len() == 2 {
            let inline = any(Kind::Index(Box::new(read(0)), Box::new(index)), span);
            (inline, plain(read(0), selector, vec![read(1)], span))
        } else {
            let kind = Kind::SetIndex(Box::new(read(0)), Box::new(index), Box::new(read(2)));
            let inline = build::block(vec![build::expr(kind, Type::Nil, span), read(2)], span);
            (inline, plain(read(0), selector, vec![read(1), read(2)], span))
        };
        parts.push(build::if_(test, inline, sent, span));
        build::block(parts, span)
    }

    /// `value` and its kin: blocks are called.
    fn evaluation(&mut self, receiver: Ir, selector: &str, args: Vec<Ir>, span: Span) -> Ir {
        let operands = core::iter::once(receiver).chain(args).collect();
        let (mut parts, reads) = self.held(operands, span);
        let read = |i: usize| reads[i].clone();
        let args = || (1..reads.len()).map(read).collect::<Vec<_>>();
        let called = any(Kind::CallValue(Box::new(read(0)), spread_none(args())), span);
        let sent = plain(read(0), selector, args(), span);
        parts.push(build::if_(is_type(read(0), Type::Func, span), called, sent, span));
        build::block(parts, span)
    }
}

/// A message that is sent.
pub(super) fn plain(receiver: Ir, selector: &str, args: Vec<Ir>, span: Span) -> Ir {
    build::send(receiver, selector, args, span)
}

/// Whether evaluating something may change a local.
fn assigns(expr: &Ir, local: LocalIdx) -> bool {
    let mut found = false;
    expr.walk(|node| match &node.kind {
        Kind::SetLocal(set, _) => found |= *set == local,
        Kind::ForRange { var, .. } | Kind::ForEach { var, .. } | Kind::Try { var, .. } | Kind::Choose { var, .. } => {
            found |= *var == local;
        }
        _ => {}
    });
    found
}

fn is_type(value: Ir, ty: Type, span: Span) -> Ir {
    build::expr(Kind::IsType(Box::new(value), ty), Type::Bool, span)
}

fn is_nil(value: Ir, span: Span) -> Ir {
    build::expr(Kind::IsNil(Box::new(value)), Type::Bool, span)
}

fn not(value: Ir, span: Span) -> Ir {
    build::if_(value, build::bool(false, span), build::bool(true, span), span)
}
