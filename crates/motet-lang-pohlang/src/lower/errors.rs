//! `try this:` (section 6).
//!
//! A statement with `finally:` becomes one loop that is left at its end, so that
//! `Return` inside has somewhere to go; the `finally:` block stands behind it,
//! once. What is to happen after it is kept in locals: the text of a pending
//! error, or the value to be returned.

use alloc::{boxed::Box, vec, vec::Vec};

use motet_ir::{Expr as Ir, ExprKind as Kind, LocalIdx, Type, build};
use motet_source::Span;

use super::{BranchEnd, Effect, Lowerer, frame::Exit, is_unset};
use crate::ast::{Handler, Stmt};

impl<'a> Lowerer<'a> {
    pub(super) fn try_(
        &mut self,
        body: &'a [Stmt<'a>],
        handlers: &'a [Handler<'a>],
        finally: Option<&'a [Stmt<'a>]>,
        span: Span,
    ) -> Ir {
        self.conditional += 1;
        let result = match finally {
            None => self.handled(body, handlers, span),
            Some(finally) => self.finally(body, handlers, finally, span),
        };
        self.conditional -= 1;
        result
    }

    /// The body and its handlers.
    fn handled(&mut self, body: &'a [Stmt<'a>], handlers: &'a [Handler<'a>], span: Span) -> Ir {
        let start = self.branch();
        let body = self.block(body, span);
        let mut ends = vec![self.end_branch(start, body.ty == Type::Never)];
        if handlers.is_empty() {
            self.join_branches(ends);
            return body;
        }
        let var = self.frame().temp("$error", Type::Any);
        let handler = self.handlers(handlers, var, &mut ends, span);
        self.join_branches(ends);
        catch(body, var, handler, span)
    }

    /// The first handler that matches; if none does, the error goes on.
    fn handlers(&mut self, handlers: &'a [Handler<'a>], var: LocalIdx, ends: &mut Vec<BranchEnd>, span: Span) -> Ir {
        let mut choices: Vec<(Option<Ir>, Ir)> = Vec::new();
        let mut all_handled = false;
        for handler in handlers {
            let at = handler.span;
            let error = build::local(var, Type::Any, at);
            let test = handler.kind.map(|kind| {
                let args = vec![error.clone(), build::str(kind, at)];
                self.native_call("error_matches", Type::Bool, Effect::Pure, args, at)
            });
            let start = self.branch();
            let mut parts = Vec::new();
            if let Some(name) = handler.name {
                let text = self.native_call("error_text", Type::Str, Effect::Pure, vec![error], at);
                parts.push(self.assign(name.text, text, at));
            }
            parts.push(self.block(&handler.body, at));
            let handled = build::block(parts, at);
            ends.push(self.end_branch(start, handled.ty == Type::Never));
            // What stands behind a handler for everything is lowered, as the functions in it have their places already.
            let any = test.is_none();
            if !all_handled {
                choices.push((test, handled));
            }
            all_handled |= any;
        }
        let mut result = self.rethrow(build::local(var, Type::Any, span), span);
        for (test, handled) in choices.into_iter().rev() {
            result = match test {
                Some(test) => build::if_(test, handled, result, span),
                None => handled,
            };
        }
        result
    }

    fn rethrow(&mut self, error: Ir, span: Span) -> Ir {
        self.native_call("rethrow", Type::Nil, Effect::Reads, vec![error], span)
    }

    fn finally(
        &mut self,
        body: &'a [Stmt<'a>],
        handlers: &'a [Handler<'a>],
        finally: &'a [Stmt<'a>],
        span: Span,
    ) -> Ir {
        let frame = self.frame();
        let label = frame.new_label();
        frame.exits.push(Exit { label, used: false });
        let (var, pending) = (frame.temp("$error", Type::Any), frame.temp("$pending", Type::Any));
        let start = self.branch();
        let handled = self.handled(body, handlers, span);
        let end = self.end_branch(start, handled.ty == Type::Never);
        let used = self.frame().exits.pop().is_some_and(|exit| exit.used);
        let note = build::set_local(pending, build::local(var, Type::Any, span), span);
        let mut protected = catch(handled, var, note, span);
        let result = self.frame().result.filter(|_| used);
        if used {
            let leave = build::expr(Kind::Break(label), Type::Never, span);
            let body = Box::new(build::block(vec![protected, leave], span));
            protected = build::expr(Kind::While { label, cond: None, body, step: None }, Type::Nil, span);
        }
        let mut parts = vec![build::set_local(pending, build::unset(span), span)];
        parts.extend(result.map(|result| build::set_local(result, build::unset(span), span)));
        parts.push(protected);
        // An error may have come at any point of the body.
        parts.push(self.block(finally, span));
        self.join_branches(vec![end]);
        let error = build::local(pending, Type::Any, span);
        let rethrow = self.rethrow(error.clone(), span);
        parts.push(build::if_(is_unset(error, span), build::nil(span), rethrow, span));
        if let Some(result) = result {
            let value = build::local(result, Type::Any, span);
            let leave = self.leave(value.clone(), span);
            parts.push(build::if_(is_unset(value, span), build::nil(span), leave, span));
        }
        self.sequence(parts, span)
    }
}

fn catch(body: Ir, var: LocalIdx, handler: Ir, span: Span) -> Ir {
    let ty = body.ty.join(handler.ty);
    build::expr(Kind::Try { body: Box::new(body), var, handler: Box::new(handler) }, ty, span)
}
