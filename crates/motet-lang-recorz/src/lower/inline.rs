//! Control structures that are lowered without messages.
//!
//! A receiver that is not what the structure expects gets the message after all, with blocks that answer nil in place of the
//! blocks that were inlined.

use alloc::{boxed::Box, collections::BTreeSet, string::String, vec, vec::Vec};

use motet_ir::{Arg, BinOp, Expr as Ir, ExprKind as Kind, Family, LocalIdx, Type, build};
use motet_source::Span;

use super::{Lowered, Lowerer, send::any};
use crate::ast::{Block, Expr, ExprKind, Literal, Message};

/// Which messages may be lowered without sending them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Inlining {
    /// Selectors of methods that the program defines.
    pub defined: BTreeSet<String>,
    /// Those among them that are defined in built-in classes.
    pub overridden: BTreeSet<String>,
    /// Whether the library's own forms are known.
    pub library: bool,
}

/// A control structure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// `ifTrue:` and its kin: which argument is for true, which for false.
    If(Option<usize>, Option<usize>),
    /// `and:`, `or:`: the value that decides at once.
    Short(bool),
    /// `ifNil:` and its kin: which argument is for nil, which for anything else.
    Nil(Option<usize>, Option<usize>),
    /// `whileTrue:` and its kin: while the receiver answers this.
    While { until: bool },
    /// `repeat`.
    Repeat,
    /// `timesRepeat:`.
    Times,
    /// `to:do:`, `to:by:do:`; the step, if there is one.
    To { step: Option<Step> },
    /// `_try:catch:` of the library.
    Try,
    /// `_each:` of the library, to an array.
    Each,
}

/// The step of a loop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// A positive literal.
    Up,
    /// A negative literal.
    Down,
    /// Known when the loop begins.
    Computed,
}

fn block<'e, 'a>(expr: &'e Expr<'a>) -> Option<&'e Block<'a>> {
    match &expr.kind {
        ExprKind::Block(block) => Some(block),
        _ => None,
    }
}

fn takes(expr: &Expr<'_>, params: usize) -> bool {
    block(expr).is_some_and(|b| b.params.len() == params)
}

impl Inlining {
    /// Whether a message whose meaning only built-in classes matter for may be lowered as an operation.
    pub(super) fn operation(&self, selector: &str) -> bool {
        !self.overridden.contains(selector)
    }

    /// Whether no class of the program has a method of this name.
    pub(super) fn everywhere(&self, selector: &str) -> bool {
        !self.defined.contains(selector) && !self.overridden.contains(selector)
    }

    /// The control structure that a message is, if it is to be inlined.
    pub(super) fn form(&self, receiver: &Expr<'_>, message: &Message<'_>) -> Option<Form> {
        let args = message.args.as_slice();
        let blocks = |params: usize| args.iter().all(|arg| takes(arg, params));
        let not_nil = |at: usize| args.get(at).is_some_and(|arg| takes(arg, 0) || takes(arg, 1));
        let loops = takes(receiver, 0);
        let form = match &*message.selector {
            "ifTrue:" if blocks(0) => Form::If(Some(0), None),
            "ifFalse:" if blocks(0) => Form::If(None, Some(0)),
            "ifTrue:ifFalse:" if blocks(0) => Form::If(Some(0), Some(1)),
            "ifFalse:ifTrue:" if blocks(0) => Form::If(Some(1), Some(0)),
            "and:" if blocks(0) => Form::Short(false),
            "or:" if blocks(0) => Form::Short(true),
            "ifNil:" if blocks(0) => Form::Nil(Some(0), None),
            "ifNotNil:" if not_nil(0) => Form::Nil(None, Some(0)),
            "ifNil:ifNotNil:" if takes(&args[0], 0) && not_nil(1) => Form::Nil(Some(0), Some(1)),
            "ifNotNil:ifNil:" if takes(&args[1], 0) && not_nil(0) => Form::Nil(Some(1), Some(0)),
            "whileTrue:" | "whileTrue" if loops && blocks(0) => Form::While { until: false },
            "whileFalse:" | "whileFalse" if loops && blocks(0) => Form::While { until: true },
            "repeat" if loops => Form::Repeat,
            "timesRepeat:" if blocks(0) => Form::Times,
            "to:do:" if takes(&args[1], 1) => Form::To { step: None },
            "to:by:do:" if takes(&args[2], 1) => match args[1].kind {
                ExprKind::Literal(Literal::Int(step)) if step > 0 => Form::To { step: Some(Step::Up) },
                ExprKind::Literal(Literal::Int(step)) if step < 0 => Form::To { step: Some(Step::Down) },
                _ => Form::To { step: Some(Step::Computed) },
            },
            "_each:" if self.library && takes(&args[0], 1) => return Some(Form::Each),
            "_try:catch:" if self.library && takes(&args[0], 0) && takes(&args[1], 1) => return Some(Form::Try),
            _ => return None,
        };
        let free = match form {
            // The receiver is a block. The library's methods of these names are made of the structures.
            Form::While { .. } | Form::Repeat => self.library || self.operation(&message.selector),
            _ => self.everywhere(&message.selector),
        };
        let is_super = receiver.kind == ExprKind::Name("super");
        (!is_super && free).then_some(form)
    }
}

impl Lowerer {
    /// A control structure; its value counts only if `wanted`.
    pub(super) fn inlined(
        &mut self,
        form: Form,
        receiver: &Expr<'_>,
        message: &Message<'_>,
        wanted: bool,
        span: Span,
    ) -> Lowered<Ir> {
        // Somebody may send what was inlined after all: to what is no boolean, or as a symbol.
        self.words.word(&message.selector);
        match form {
            Form::If(on_true, on_false) => self.choice(receiver, message, (on_true, on_false), wanted, span),
            Form::Short(decided) => self.short(receiver, message, decided, span),
            Form::Nil(on_nil, other) => self.nil_test(receiver, message, (on_nil, other), wanted, span),
            Form::While { until } => self.while_loop(receiver, message, until, span),
            Form::Repeat => self.repeat(receiver, span),
            Form::Times => self.times(receiver, message, span),
            Form::To { step } => self.count_loop(receiver, message, step, span),
            Form::Try => self.try_catch(message, wanted, span),
            Form::Each => self.each(receiver, message, span),
        }
    }

    /// The message after all, to something that an inlined structure does not know.
    fn sent_after_all(&mut self, receiver: Ir, selector: &str, args: usize, span: Span) -> Ir {
        let nothing = self.nil_block();
        let args = (0..args).map(|_| Arg { expr: build::expr(Kind::Func(nothing), Type::Func, span), spread: false });
        build::expr(Kind::Send(Box::new(receiver), selector.into(), args.collect()), Type::Any, span)
    }

    /// A block that is inlined: its value, or that of its last statement's effect. `param` is what its parameter holds.
    fn inline_block(&mut self, expr: &Expr<'_>, param: Option<LocalIdx>, wanted: bool) -> Lowered<Ir> {
        let Some(block) = block(expr) else { return self.maybe_value(expr, wanted) };
        self.open_scope();
        let mut parts = Vec::new();
        if let (Some(name), Some(local)) = (block.params.first(), param) {
            parts.extend(self.declare_param(name.text, name.span.start, local, name.span));
        }
        let body = self.statements(&block.body, &mut parts, wanted, expr.span);
        self.close_scope();
        body?;
        Ok(build::block(parts, expr.span))
    }

    fn choose(&mut self, cond: Ir, then: Ir, otherwise: Ir, message: (&str, usize), span: Span) -> Ir {
        if cond.ty == Type::Bool || cond.ty == Type::Never {
            return build::choose(cond, then, otherwise, LocalIdx(0), build::nil(span), span);
        }
        let var = self.temporary();
        let other = self.sent_after_all(build::local(var, Type::Any, span), message.0, message.1, span);
        build::choose(cond, then, otherwise, var, other, span)
    }

    fn choice(
        &mut self,
        receiver: &Expr<'_>,
        message: &Message<'_>,
        (on_true, on_false): (Option<usize>, Option<usize>),
        wanted: bool,
        span: Span,
    ) -> Lowered<Ir> {
        let cond = self.value(receiver)?;
        let mut branch = |at: Option<usize>| match at {
            Some(at) => self.inline_block(&message.args[at], None, wanted),
            None => Ok(build::nil(span)),
        };
        // In the order of the source, so that functions of blocks are.
        let (then, otherwise) = if on_true < on_false || on_false.is_none() {
            let then = branch(on_true)?;
            (then, branch(on_false)?)
        } else {
            let otherwise = branch(on_false)?;
            (branch(on_true)?, otherwise)
        };
        Ok(self.choose(cond, then, otherwise, (&message.selector, message.args.len()), span))
    }

    fn short(&mut self, receiver: &Expr<'_>, message: &Message<'_>, decided: bool, span: Span) -> Lowered<Ir> {
        let cond = self.value(receiver)?;
        let more = self.inline_block(&message.args[0], None, true)?;
        let at_once = build::bool(decided, span);
        let (then, otherwise) = if decided { (at_once, more) } else { (more, at_once) };
        Ok(self.choose(cond, then, otherwise, (&message.selector, 1), span))
    }

    fn nil_test(
        &mut self,
        receiver: &Expr<'_>,
        message: &Message<'_>,
        (on_nil, other): (Option<usize>, Option<usize>),
        wanted: bool,
        span: Span,
    ) -> Lowered<Ir> {
        let value = self.value(receiver)?;
        let local = self.temporary();
        let read = || build::local(local, Type::Any, span);
        let set = build::set_local(local, value, span);
        let is_nil = build::expr(Kind::IsNil(Box::new(read())), Type::Bool, span);
        let mut branch = |at: Option<usize>, absent: Ir| match at {
            Some(at) => self.inline_block(&message.args[at], Some(local), wanted),
            None => Ok(absent),
        };
        let (then, otherwise) = if on_nil < other || other.is_none() {
            let then = branch(on_nil, build::nil(span))?;
            (then, branch(other, read())?)
        } else {
            let otherwise = branch(other, read())?;
            (branch(on_nil, build::nil(span))?, otherwise)
        };
        Ok(build::block(vec![set, build::if_(is_nil, then, otherwise, span)], span))
    }

    /// Whether a loop goes on: what is no boolean gets the message that a method would send it.
    fn condition(&mut self, value: Ir, until: bool, span: Span) -> Ir {
        let (then, otherwise) = (build::bool(!until, span), build::bool(until, span));
        if value.ty == Type::Never || (value.ty == Type::Bool && !until) {
            return value;
        }
        if value.ty == Type::Bool {
            return build::if_(value, then, otherwise, span);
        }
        let var = self.temporary();
        let selector = if until { "ifFalse:" } else { "ifTrue:" };
        let sent = self.sent_after_all(build::local(var, Type::Any, span), selector, 1, span);
        let other = build::block(vec![sent, build::bool(false, span)], span);
        build::choose(value, then, otherwise, var, other, span)
    }

    fn while_loop(&mut self, receiver: &Expr<'_>, message: &Message<'_>, until: bool, span: Span) -> Lowered<Ir> {
        let label = self.label();
        let cond = self.inline_block(receiver, None, true)?;
        let cond = self.condition(cond, until, span);
        let body = match message.args.first() {
            Some(body) => self.inline_block(body, None, false)?,
            None => build::nil(span),
        };
        Ok(build::while_(label, cond, body, span))
    }

    fn repeat(&mut self, receiver: &Expr<'_>, span: Span) -> Lowered<Ir> {
        let label = self.label();
        let body = Box::new(self.inline_block(receiver, None, false)?);
        Ok(build::expr(Kind::While { label, cond: None, body, step: None }, Type::Never, span))
    }

    fn is_int(local: LocalIdx, span: Span) -> Ir {
        build::expr(Kind::IsType(Box::new(build::local(local, Type::Any, span)), Type::Int), Type::Bool, span)
    }

    fn times(&mut self, receiver: &Expr<'_>, message: &Message<'_>, span: Span) -> Lowered<Ir> {
        let count = self.value(receiver)?;
        let (label, local) = (self.label(), self.temporary());
        let var = self.frame().local("$turn", Type::Int);
        let body = self.inline_block(&message.args[0], None, false)?;
        let read = || build::local(local, Type::Any, span);
        let turns = build::expr(
            Kind::ForRange {
                label,
                var,
                from: Box::new(build::int(1, span)),
                to: Box::new(build::cast(Type::Int, read())),
                inclusive: true,
                body: Box::new(body),
            },
            Type::Nil,
            span,
        );
        let sent = self.sent_after_all(read(), &message.selector, 1, span);
        let turns = build::block(vec![turns, read()], span);
        let run = build::if_(Self::is_int(local, span), turns, sent, span);
        Ok(build::block(vec![build::set_local(local, count, span), run], span))
    }

    fn count_loop(
        &mut self,
        receiver: &Expr<'_>,
        message: &Message<'_>,
        step: Option<Step>,
        span: Span,
    ) -> Lowered<Ir> {
        let from = self.value(receiver)?;
        let to = self.value(&message.args[0])?;
        if step.is_none() && from.ty == Type::Int {
            return self.counted(from, to, message, span);
        }
        let mut by = match message.args.get(1) {
            Some(step_expr) if step.is_some() => self.value(step_expr)?,
            _ => build::int(1, span),
        };
        let is_computed = step == Some(Step::Computed);
        let known = from.ty == Type::Int && !is_computed;
        let (first, last, at) = (self.temporary(), self.temporary(), self.temporary());
        let read = |local| build::local(local, Type::Any, span);
        let mut parts = vec![build::set_local(first, from, span), build::set_local(last, to, span)];
        parts.push(build::set_local(at, read(first), span));
        if is_computed {
            let local = self.temporary();
            parts.push(build::set_local(local, by, span));
            by = read(local);
        }
        let label = self.label();
        let within = |op| build::binary(Family::Grow, op, read(at), read(last), span);
        let compared =
            |op| build::cast(Type::Bool, build::binary(Family::Grow, op, by.clone(), build::int(0, span), span));
        let mut turns = Vec::new();
        let goes_on = |this: &mut Self, op| this.condition(within(op), false, span);
        let cond = match step {
            None | Some(Step::Up) => goes_on(self, BinOp::Le),
            Some(Step::Down) => goes_on(self, BinOp::Ge),
            Some(Step::Computed) => {
                let up = self.frame().local("$up", Type::Bool);
                turns.push(build::set_local(up, compared(BinOp::Gt), span));
                let (rises, falls) = (goes_on(self, BinOp::Le), goes_on(self, BinOp::Ge));
                build::if_(build::local(up, Type::Bool, span), rises, falls, span)
            }
        };
        let body_expr = message.args.last().map_or(receiver, |body| body);
        let turn = self.temporary();
        let body = self.inline_block(body_expr, Some(turn), false)?;
        let body = build::block(vec![build::set_local(turn, read(at), span), body], span);
        let next = build::set_local(at, build::binary(Family::Grow, BinOp::Add, read(at), by.clone(), span), span);
        let kind = Kind::While { label, cond: Some(Box::new(cond)), body: Box::new(body), step: Some(Box::new(next)) };
        turns.extend([build::expr(kind, Type::Nil, span), read(first)]);
        let turns = build::block(turns, span);
        if known {
            parts.push(turns);
            return Ok(build::block(parts, span));
        }
        let mut is_number = {
            let number = self.native_call("is_number", vec![read(first)], span);
            let number = build::cast(Type::Bool, number);
            build::expr(Kind::Or(Box::new(Self::is_int(first, span)), Box::new(number)), Type::Bool, span)
        };
        if is_computed {
            // The message reports a step that is none.
            let number = build::cast(Type::Bool, self.native_call("is_number", vec![by.clone()], span));
            let moves = build::expr(Kind::And(Box::new(number), Box::new(compared(BinOp::Ne))), Type::Bool, span);
            is_number = build::expr(Kind::And(Box::new(is_number), Box::new(moves)), Type::Bool, span);
        }
        let nothing = build::expr(Kind::Func(self.nil_block()), Type::Func, span);
        let mut args = vec![read(last)];
        if step.is_some() {
            args.push(by.clone());
        }
        args.push(nothing);
        let sent = any(Kind::Send(Box::new(read(first)), message.selector.clone().into(), spread_none(args)), span);
        parts.push(build::if_(is_number, turns, sent, span));
        Ok(build::block(parts, span))
    }

    /// `to:do:` from a known integer: the bound becomes an integer too.
    fn counted(&mut self, from: Ir, to: Ir, message: &Message<'_>, span: Span) -> Lowered<Ir> {
        let value = from.clone();
        let bound = if to.ty == Type::Int {
            to
        } else {
            let last = self.temporary();
            let read = || build::local(last, Type::Any, span);
            let whole = self.native_call("loop_bound", vec![value.clone(), read()], span);
            let whole = build::cast(Type::Int, whole);
            let bound = build::if_(Self::is_int(last, span), build::cast(Type::Int, read()), whole, span);
            build::block(vec![build::set_local(last, to, span), bound], span)
        };
        let (label, var) = (self.label(), self.frame().local("$turn", Type::Int));
        let body = self.inline_block(&message.args[1], Some(var), false)?;
        let turns = Kind::ForRange {
            label,
            var,
            from: Box::new(from),
            to: Box::new(bound),
            inclusive: true,
            body: Box::new(body),
        };
        Ok(build::block(vec![build::expr(turns, Type::Nil, span), value], span))
    }

    /// `array _each: [:element | body]`: by position, as long as there are elements.
    fn each(&mut self, receiver: &Expr<'_>, message: &Message<'_>, span: Span) -> Lowered<Ir> {
        let iter = self.value(receiver)?;
        let (label, var) = (self.label(), self.temporary());
        let body = self.inline_block(&message.args[0], Some(var), false)?;
        let turns = Kind::ForEach { label, var, iter: Box::new(iter), body: Box::new(body) };
        Ok(build::block(vec![build::expr(turns, Type::Nil, span), build::nil(span)], span))
    }

    /// `_try: [body] catch: [:raised | handler]`.
    fn try_catch(&mut self, message: &Message<'_>, wanted: bool, span: Span) -> Lowered<Ir> {
        let body = self.inline_block(&message.args[0], None, wanted)?;
        let var = self.temporary();
        let handler = self.inline_block(&message.args[1], Some(var), wanted)?;
        let ty = body.ty.join(handler.ty);
        Ok(build::expr(Kind::Try { body: Box::new(body), var, handler: Box::new(handler) }, ty, span))
    }
}

/// Arguments none of which is spread.
pub(super) fn spread_none(args: Vec<Ir>) -> Vec<Arg> {
    args.into_iter().map(|expr| Arg { expr, spread: false }).collect()
}
