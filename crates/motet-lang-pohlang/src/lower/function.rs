//! Function definitions.

use alloc::{format, string::String, vec::Vec};

use motet_ir::{CaptureIdx, Expr as Ir, ExprKind as Kind, Type, build};
use motet_source::Span;

use super::{
    Key, Lowerer, any_typed,
    frame::{Frame, FrameKind},
    is_unset,
};
use crate::ast::{Body, Expr, ExprKind, Function, Param, Stmt};

/// Fewest and most arguments of a call.
pub(super) fn arity(function: &Function<'_>) -> (usize, usize) {
    (function.params.iter().filter(|p| p.default.is_none()).count(), function.params.len())
}

impl<'a> Lowerer<'a> {
    /// `Make f with …`: binds the name to a new function.
    pub(super) fn define(&mut self, function: &'a Function<'a>, span: Span) -> Ir {
        let program = self.frame().kind == FrameKind::Program;
        let number = if program { self.global_named(function.name.text) } else { None };
        let only = number.and_then(|n| self.globals[n].func);
        let index = only.unwrap_or_else(|| self.tables.reserve_function());
        let kind = match function.body {
            Body::Expr(_) => FrameKind::Expression,
            Body::Block(_) => FrameKind::Block,
        };
        let mut frame = Frame::new(kind, index);
        frame.once = program && self.loops == 0;
        frame.label = self.definition_label(function.name.text);
        frame.own_name = (!program).then_some(function.name.text);
        frame.own_global = only.and(number);
        self.begin_frame(frame);
        let mut parts = self.parameters(&function.params);
        match &function.body {
            Body::Expr(value) => {
                let value = self.returned(value);
                parts.push(value);
            }
            Body::Block(stmts) => self.body(stmts, &mut parts, build::str("", function.span)),
        }
        let (min, max) = arity(function);
        let Some(frame) = self.end_frame(function.name.text, min as u32..=max as u32, parts, function.span) else {
            return build::nil(span);
        };
        let (mut before, value) = function_value(frame, span);
        before.push(self.assign(function.name.text, value, span));
        build::block(before, span)
    }

    /// The label of the hidden globals of a definition: the same in every version of a program that grows at its end.
    pub(super) fn definition_label(&mut self, name: &'a str) -> String {
        let count = self.definitions.entry(name).or_insert(0);
        *count += 1;
        let space = self.space;
        match (*count, space) {
            (1, 0) => format!("${name}"),
            (n, space) => format!("${name}#{space}.{n}"),
        }
    }

    /// The parameters become the first locals; hands back what gives missing ones their values.
    fn parameters(&mut self, params: &'a [Param<'a>]) -> Vec<Ir> {
        let required = params.iter().filter(|p| p.default.is_none()).count();
        let mut locals = Vec::with_capacity(params.len());
        for param in params {
            let local = self.frame().new_local(param.name.text, Type::Any);
            locals.push(local);
        }
        self.frame().params = params.len() as u32;
        let mut parts = Vec::new();
        for (i, (param, &local)) in params.iter().zip(&locals).enumerate() {
            if let Some(default) = param.default.as_ref().filter(|_| i >= required) {
                let span = default.span;
                let missing = is_unset(build::local(local, Type::Any, span), span);
                let value = self.retained(default);
                let set = build::set_local(local, value, span);
                parts.push(build::if_(missing, set, build::nil(span), span));
            }
            let frame = self.frame();
            frame.names.insert(param.name.text, local);
            frame.mark_maybe(local);
            if i < required || param.default.is_some() {
                self.mark(Key::Local(local));
            }
        }
        parts
    }

    /// The statements of a function, then the value of a call that reaches its end.
    pub(super) fn body(&mut self, stmts: &'a [Stmt<'a>], parts: &mut Vec<Ir>, end: Ir) {
        self.declare_assigned(stmts);
        for stmt in stmts {
            let part = self.statement(stmt);
            parts.push(part);
        }
        if parts.last().is_none_or(|p| p.ty != Type::Never) {
            parts.push(end);
        }
    }

    /// The value of `Return e`: a variable of the function needs no mark, as the function ends.
    pub(super) fn returned(&mut self, value: &'a Expr<'a>) -> Ir {
        match value.kind {
            ExprKind::Name(name) => self.take(name, value.span),
            _ => self.retained(value),
        }
    }
}

/// The value of a finished function where it is defined, and what must be done before.
pub(super) fn function_value(frame: Frame<'_>, span: Span) -> (Vec<Ir>, Ir) {
    let value = if frame.capture_values.is_empty() {
        build::expr(Kind::Func(frame.index), Type::Func, span)
    } else {
        build::expr(Kind::Closure(frame.index, frame.capture_values), Type::Func, span)
    };
    (frame.before, value)
}

/// Where a nested function means itself: a closure with the same captures.
pub(super) fn close_over_itself(node: &mut Ir, frame: &Frame<'_>) {
    node.for_each_child_mut(|child| close_over_itself(child, frame));
    let span = node.span;
    match &mut node.kind {
        Kind::Closure(index, values) if *index == frame.index && values.is_empty() => {
            if frame.captures.is_empty() {
                node.kind = Kind::Func(frame.index);
            } else {
                let capture = |i: usize| any_typed(Kind::Capture(CaptureIdx(i as u32)), span);
                *values = (0..frame.captures.len()).map(capture).collect();
            }
        }
        Kind::CallValue(callee, args)
            if callee.kind == Kind::Func(frame.index) && args.len() == frame.params as usize =>
        {
            let args = core::mem::take(args);
            node.kind = Kind::Call(frame.index, args.into_iter().map(|a| a.expr).collect());
        }
        _ => {}
    }
}
