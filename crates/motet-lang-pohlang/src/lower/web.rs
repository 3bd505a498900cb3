//! Statements of the web framework (section 8.8). A handler is a function of one
//! parameter, the dictionary `request`; it returns a response, or nil.

use alloc::{vec, vec::Vec};

use motet_ir::{Entry, Expr as Ir, ExprKind as Kind, Type, build};
use motet_source::Span;

use super::{
    Effect, Key, Lowerer, any_typed,
    frame::{Frame, FrameKind},
    function::function_value,
};
use crate::ast::{Expr, Ident, Stmt};

/// Name of the request in handlers.
const REQUEST: &str = "request";

impl<'a> Lowerer<'a> {
    /// The value of the global variable `server`, if it has one.
    pub(super) fn server(&mut self, span: Span) -> Ir {
        match self.spaces.first().and_then(|names| names.get("server")) {
            Some(&number) => any_typed(Kind::GlobalOrUnset(self.globals[number].index), span),
            None => build::unset(span),
        }
    }

    pub(super) fn add_route(
        &mut self,
        path: &'a Expr<'a>,
        method: &'a Expr<'a>,
        handler: &'a [Stmt<'a>],
        span: Span,
    ) -> Ir {
        let server = self.server(span);
        let path = self.value(path);
        let method = self.value(method);
        let (mut parts, handler) = self.handler(handler, span);
        let args = vec![server, path, method, handler];
        parts.push(self.native_call("add_route", Type::Any, Effect::Retains, args, span));
        self.sequence(parts, span)
    }

    fn handler(&mut self, stmts: &'a [Stmt<'a>], span: Span) -> (Vec<Ir>, Ir) {
        let index = self.tables.reserve_function();
        let mut frame = Frame::new(FrameKind::Handler, index);
        frame.once = self.frame().kind == FrameKind::Program && self.loops == 0;
        frame.label = self.definition_label("handler");
        let request = frame.declare(REQUEST);
        frame.params = 1;
        self.begin_frame(frame);
        self.mark(Key::Local(request));
        let dictionary = build::local(request, Type::Any, span);
        let hidden = self.request();
        let mut parts = vec![self.set_hidden(hidden, dictionary, span)];
        self.body(stmts, &mut parts, build::nil(span));
        match self.end_frame("<handler>", 1..=1, parts, span) {
            Some(frame) => function_value(frame, span),
            None => (Vec::new(), build::nil(span)),
        }
    }

    pub(super) fn add_middleware(&mut self, kind: Ident<'a>, config: &'a [(Ident<'a>, Expr<'a>)], span: Span) -> Ir {
        let server = self.server(span);
        let entries = config.iter().map(|(key, value)| {
            let value = self.retained(value);
            Entry::One(build::str(key.text, key.span), value)
        });
        let entries: Vec<Entry> = entries.collect();
        let never = entries.iter().any(|e| matches!(e, Entry::One(_, v) if v.ty == Type::Never));
        let config = build::expr(Kind::Map(entries), if never { Type::Never } else { Type::Map }, span);
        let kind = build::str(kind.text, kind.span);
        self.native_call("add_middleware", Type::Any, Effect::Retains, vec![server, kind, config], span)
    }
}
