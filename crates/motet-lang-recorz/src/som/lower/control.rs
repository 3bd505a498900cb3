//! Control-flow messages whose blocks become part of the running function.

use alloc::{boxed::Box, vec, vec::Vec};

use motet_ir::{BinOp, Expr as Ir, ExprKind as Kind, Family, LocalIdx, Type, UnOp, build};
use motet_source::Span;

use super::{Lowerer, is_type};
use crate::ast::{Block, Expr, ExprKind, Literal, Message};

/// A control-flow message with literal blocks.
#[derive(Clone, Copy)]
pub(super) enum Inlined<'e, 'a> {
    /// Condition; the blocks for true and false.
    If(&'e Expr<'a>, Option<&'e Block<'a>>, Option<&'e Block<'a>>),
    /// The left side, whether its value `true` asks for the right side, and the right side.
    Logic(&'e Expr<'a>, bool, &'e Block<'a>),
    /// The condition, what goes on, and the body.
    While(&'e Block<'a>, bool, &'e Block<'a>),
    /// The value; the blocks for nil and anything else.
    Nil(&'e Expr<'a>, Option<&'e Block<'a>>, Option<&'e Block<'a>>),
    /// First and last number, the step's literal, the body.
    Count(&'e Expr<'a>, &'e Expr<'a>, Step<'e, 'a>, &'e Block<'a>),
    /// How often, the body.
    Times(&'e Expr<'a>, &'e Block<'a>),
}

/// How a loop counts.
#[derive(Clone, Copy)]
pub(super) enum Step<'e, 'a> {
    /// By one.
    Up,
    /// By minus one.
    Down,
    /// By a literal: its value, and whether it is subtracted.
    By(&'e Literal<'a>, bool),
}

/// A literal block of so many arguments that may become part of the running function.
fn block<'e, 'a>(expr: &'e Expr<'a>, params: usize) -> Option<&'e Block<'a>> {
    match &expr.kind {
        ExprKind::Block(block) if block.params.len() == params => Some(block),
        _ => None,
    }
}

fn step<'e, 'a>(expr: &'e Expr<'a>, down: bool) -> Option<Step<'e, 'a>> {
    match &expr.kind {
        ExprKind::Literal(literal @ (Literal::Int(_) | Literal::Float(_))) => Some(Step::By(literal, down)),
        _ => None,
    }
}

impl<'e, 'a> Inlined<'e, 'a> {
    /// What a message is, if it is inlined.
    pub fn of(lowerer: &Lowerer<'a>, receiver: &'e Expr<'a>, message: &'e Message<'a>) -> Option<Self> {
        let selector = &*message.selector;
        // What programs give other classes under these names does not concern blocks.
        let is_loop = matches!(selector, "whileTrue:" | "whileFalse:");
        if (lowerer.overridden.contains(selector) && !is_loop) || receiver.kind == ExprKind::Name("super") {
            return None;
        }
        let args = &message.args;
        let arg = |at: usize, params| block(args.get(at)?, params);
        Some(match selector {
            "ifTrue:" => Inlined::If(receiver, Some(arg(0, 0)?), None),
            "ifFalse:" => Inlined::If(receiver, None, Some(arg(0, 0)?)),
            "ifTrue:ifFalse:" => Inlined::If(receiver, Some(arg(0, 0)?), Some(arg(1, 0)?)),
            "ifFalse:ifTrue:" => Inlined::If(receiver, Some(arg(1, 0)?), Some(arg(0, 0)?)),
            "and:" | "&&" => Inlined::Logic(receiver, true, arg(0, 0)?),
            "or:" | "||" => Inlined::Logic(receiver, false, arg(0, 0)?),
            "whileTrue:" => Inlined::While(block(receiver, 0)?, true, arg(0, 0)?),
            "whileFalse:" => Inlined::While(block(receiver, 0)?, false, arg(0, 0)?),
            "ifNil:" => Inlined::Nil(receiver, Some(arg(0, 0)?), None),
            "ifNotNil:" => Inlined::Nil(receiver, None, Some(arg(0, 0)?)),
            "ifNil:ifNotNil:" => Inlined::Nil(receiver, Some(arg(0, 0)?), Some(arg(1, 0)?)),
            "ifNotNil:ifNil:" => Inlined::Nil(receiver, Some(arg(1, 0)?), Some(arg(0, 0)?)),
            "to:do:" => Inlined::Count(receiver, args.first()?, Step::Up, arg(1, 1)?),
            "downTo:do:" => Inlined::Count(receiver, args.first()?, Step::Down, arg(1, 1)?),
            "to:by:do:" => Inlined::Count(receiver, args.first()?, step(args.get(1)?, false)?, arg(2, 1)?),
            "downTo:by:do:" => Inlined::Count(receiver, args.first()?, step(args.get(1)?, true)?, arg(2, 1)?),
            "timesRepeat:" => Inlined::Times(receiver, arg(0, 0)?),
            _ => return None,
        })
    }
}

impl<'a> Lowerer<'a> {
    pub(super) fn inlined(
        &mut self,
        inlined: Inlined<'a, 'a>,
        message: &'a Message<'a>,
        wanted: bool,
        span: Span,
    ) -> Ir {
        match inlined {
            Inlined::If(condition, then, otherwise) => {
                let condition = self.expr(condition);
                let then = self.branch(then, wanted, span);
                let otherwise = self.branch(otherwise, wanted, span);
                self.choose(condition, then, otherwise, message, span)
            }
            Inlined::Logic(left, asks, right) => {
                let left = self.expr(left);
                let right = self.branch(Some(right), true, span);
                let known = build::bool(!asks, span);
                let (then, otherwise) = if asks { (right, known) } else { (known, right) };
                self.choose(left, then, otherwise, message, span)
            }
            Inlined::While(condition, goes_on, body) => {
                let label = self.frame().new_label();
                let condition = self.branch(Some(condition), true, span);
                let condition = self.truth(condition, goes_on, message, span);
                let body = self.branch(Some(body), false, span);
                let turns = build::while_(label, condition, body, span);
                build::block(vec![turns, build::nil(span)], span)
            }
            Inlined::Nil(value, absent, present) => {
                let value = self.expr(value);
                let temp = self.temp(Type::Any);
                let local = || build::local(temp, Type::Any, span);
                let is_nil = build::expr(Kind::IsNil(Box::new(local())), Type::Bool, span);
                let absent = absent.map(|block| self.branch(Some(block), wanted, span));
                let present = present.map(|block| self.branch(Some(block), wanted, span));
                let absent = absent.unwrap_or_else(|| build::nil(span));
                let choice = build::if_(is_nil, absent, present.unwrap_or_else(local), span);
                build::block(vec![build::set_local(temp, value, span), choice], span)
            }
            Inlined::Count(first, last, step, body) => self.count(first, last, step, body, message, span),
            Inlined::Times(times, body) => self.times(times, body, message, span),
        }
    }

    fn branch(&mut self, block: Option<&'a Block<'a>>, wanted: bool, span: Span) -> Ir {
        match block {
            Some(block) => self.inline_block(block, wanted, span, |_| Vec::new()),
            None => build::nil(span),
        }
    }

    /// One of two ways by a Boolean; anything else is sent the message.
    fn choose(&mut self, condition: Ir, then: Ir, otherwise: Ir, message: &Message<'_>, span: Span) -> Ir {
        if matches!(condition.ty, Type::Bool | Type::Never) {
            return build::if_(condition, then, otherwise, span);
        }
        let var = self.temp(Type::Any);
        let other = self.not_boolean(var, message, span);
        build::choose(condition, then, otherwise, var, other, span)
    }

    /// The message to something that is no Boolean; its blocks answer nil.
    fn not_boolean(&mut self, var: LocalIdx, message: &Message<'_>, span: Span) -> Ir {
        let args = message.args.iter().map(|_| self.no_block(0, span)).collect();
        build::send(build::local(var, Type::Any, span), message.selector.as_ref(), args, span)
    }

    /// Whether a condition is `wanted`.
    fn truth(&mut self, condition: Ir, wanted: bool, message: &Message<'_>, span: Span) -> Ir {
        let condition = if matches!(condition.ty, Type::Bool | Type::Never) {
            condition
        } else {
            let var = self.temp(Type::Any);
            let args = vec![self.no_block(0, span)];
            let selector = if message.selector == "whileFalse:" { "ifTrue:" } else { "ifFalse:" };
            let ask = build::send(build::local(var, Type::Any, span), selector, args, span);
            let other = build::block(vec![ask, build::bool(!wanted, span)], span);
            build::choose(condition, build::bool(true, span), build::bool(false, span), var, other, span)
        };
        if wanted { condition } else { build::unary(Family::Bool, UnOp::Not, condition, span) }
    }

    /// A loop over numbers; answers the first.
    fn count(
        &mut self,
        first: &'a Expr<'a>,
        last: &'a Expr<'a>,
        step: Step<'a, 'a>,
        body: &'a Block<'a>,
        message: &'a Message<'a>,
        span: Span,
    ) -> Ir {
        let up_from = match (&first.kind, step) {
            (ExprKind::Literal(Literal::Int(n)), Step::Up) => Some(*n),
            _ => None,
        };
        let from = self.expr(first);
        let to = self.expr(last);
        let (start, end) = (self.temp(Type::Any), self.temp(Type::Any));
        let (start_value, end_value) = (|| build::local(start, Type::Any, span), || build::local(end, Type::Any, span));
        let mut parts = vec![build::set_local(start, from, span), build::set_local(end, to, span)];
        let turns = match up_from {
            Some(n) => {
                let limit = self.limit(n, end, message, span);
                self.integers(n, limit, Some(body), &body.params[0], span)
            }
            None => self.numbers(start, end, step, body, span),
        };
        let turns = if up_from.is_some() {
            turns
        } else {
            let known = both(is_number(start_value(), span), is_number(end_value(), span), span);
            let mut args = vec![end_value()];
            args.extend((1..message.args.len() - 1).map(|_| build::int(1, span)));
            args.push(self.no_block(1, span));
            let send = build::send(start_value(), message.selector.as_ref(), args, span);
            build::if_(known, turns, build::block(vec![send, build::nil(span)], span), span)
        };
        parts.push(turns);
        parts.push(start_value());
        build::block(parts, span)
    }

    /// The last integer of a loop that counts up to a number; something else is refused by the first one's class.
    fn limit(&mut self, first: i64, end: LocalIdx, message: &Message<'_>, span: Span) -> Ir {
        let value = || build::local(end, Type::Any, span);
        let float = self.typed_native_call("som.last_integer", Type::Int, vec![value()], span);
        let block = self.no_block(1, span);
        let refuse = build::send(build::int(first, span), message.selector.as_ref(), vec![value(), block], span);
        let refuse = build::block(vec![refuse, build::int(first.saturating_sub(1), span)], span);
        let other = build::if_(is_type(value(), Type::Float, span), float, refuse, span);
        build::if_(is_type(value(), Type::Int, span), build::cast(Type::Int, value()), other, span)
    }

    /// A loop over integers.
    fn integers(
        &mut self,
        first: i64,
        limit: Ir,
        body: Option<&'a Block<'a>>,
        param: &'a crate::ast::Ident<'a>,
        span: Span,
    ) -> Ir {
        let label = self.frame().new_label();
        let var = self.frame().new_local(param.text, Type::Int);
        let body = match body {
            Some(block) => self.inline_block(block, false, span, |lowerer| {
                lowerer.adopt(&block.params[0], var, Type::Int).into_iter().collect()
            }),
            None => build::nil(span),
        };
        let kind = Kind::ForRange {
            label,
            var,
            from: Box::new(build::int(first, span)),
            to: Box::new(limit),
            inclusive: true,
            body: Box::new(body),
        };
        build::expr(kind, Type::Nil, span)
    }

    /// A loop over numbers of any kind.
    fn numbers(&mut self, start: LocalIdx, end: LocalIdx, step: Step<'a, 'a>, block: &'a Block<'a>, span: Span) -> Ir {
        let label = self.frame().new_label();
        let at = self.frame().new_local(block.params[0].text, Type::Any);
        let number = |local| build::local(local, Type::Any, span);
        let (op, by, up) = match step {
            Step::Up => (BinOp::Add, build::int(1, span), true),
            Step::Down => (BinOp::Sub, build::int(1, span), false),
            Step::By(literal, down) => {
                let negative = match literal {
                    Literal::Int(n) => *n < 0,
                    Literal::Float(x) => *x < 0.0,
                    _ => false,
                };
                let op = if down { BinOp::Sub } else { BinOp::Add };
                // `downTo:by:do:` always goes down.
                (op, self.literal(literal, span), !down && !negative)
            }
        };
        let compare = if up { BinOp::Le } else { BinOp::Ge };
        let goes_on = build::binary(Family::Grow, compare, number(at), number(end), span);
        let same = Kind::Binary(Family::Same, BinOp::Eq, Box::new(goes_on), Box::new(build::bool(true, span)));
        let condition = build::expr(same, Type::Bool, span);
        let body = self.inline_block(block, false, span, |lowerer| {
            lowerer.adopt(&block.params[0], at, Type::Any).into_iter().collect()
        });
        let next = build::binary(Family::Grow, op, number(at), by, span);
        let kind = Kind::While {
            label,
            cond: Some(Box::new(condition)),
            body: Box::new(body),
            step: Some(Box::new(build::set_local(at, next, span))),
        };
        build::block(vec![build::set_local(at, number(start), span), build::expr(kind, Type::Nil, span)], span)
    }

    fn times(&mut self, times: &'a Expr<'a>, body: &'a Block<'a>, message: &'a Message<'a>, span: Span) -> Ir {
        let value = self.expr(times);
        let temp = self.temp(Type::Any);
        let local = || build::local(temp, Type::Any, span);
        let label = self.frame().new_label();
        let var = self.temp(Type::Int);
        let turns = self.branch(Some(body), false, span);
        let kind = Kind::ForRange {
            label,
            var,
            from: Box::new(build::int(1, span)),
            to: Box::new(build::cast(Type::Int, local())),
            inclusive: true,
            body: Box::new(turns),
        };
        let turns = build::expr(kind, Type::Nil, span);
        let block = self.no_block(0, span);
        let send = build::send(local(), message.selector.as_ref(), vec![block], span);
        let send = build::block(vec![send, build::nil(span)], span);
        let turns = build::if_(is_type(local(), Type::Int, span), turns, send, span);
        build::block(vec![build::set_local(temp, value, span), turns, local()], span)
    }
}

fn both(a: Ir, b: Ir, span: Span) -> Ir {
    build::expr(Kind::And(Box::new(a), Box::new(b)), Type::Bool, span)
}

fn is_number(value: Ir, span: Span) -> Ir {
    let is_int = is_type(value.clone(), Type::Int, span);
    build::expr(Kind::Or(Box::new(is_int), Box::new(is_type(value, Type::Float, span))), Type::Bool, span)
}
