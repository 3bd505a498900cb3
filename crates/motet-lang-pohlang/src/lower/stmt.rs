//! Statements.

use alloc::{boxed::Box, vec, vec::Vec};

use motet_ir::{Expr as Ir, ExprKind as Kind, Family, Type, UnOp, build};
use motet_source::Span;

use super::{
    Effect, Lowerer,
    cond::arithmetic,
    expr::uncast,
    frame::FrameKind,
    is_type,
    names::{Place, Var, after},
    nil_typed,
    scan::{Assigned, Event, events},
};
use crate::ast::{BinOp, Expr, ExprKind, Ident, Stmt, StmtKind};

impl<'a> Lowerer<'a> {
    /// Statements as one block.
    pub(super) fn block(&mut self, stmts: &'a [Stmt<'a>], span: Span) -> Ir {
        self.frame().nesting += 1;
        let parts: Vec<Ir> = stmts.iter().map(|s| self.statement(s)).collect();
        self.frame().nesting -= 1;
        self.sequence(parts, span)
    }

    /// Statements whose value is `nil`.
    pub(super) fn sequence(&mut self, mut parts: Vec<Ir>, span: Span) -> Ir {
        if parts.last().is_none_or(|p| p.ty != Type::Nil && p.ty != Type::Never) {
            parts.push(build::nil(span));
        }
        build::block(parts, span)
    }

    pub(super) fn statement(&mut self, stmt: &'a Stmt<'a>) -> Ir {
        let used = self.frame().temps_used();
        let result = self.statement_of(stmt);
        self.frame().release_temps(used);
        result
    }

    fn statement_of(&mut self, stmt: &'a Stmt<'a>) -> Ir {
        let span = stmt.span;
        match &stmt.kind {
            StmtKind::Write(value) => self.write(value, true, span),
            StmtKind::Ask { name, prompt, number } => self.ask(*name, prompt.as_ref(), *number, span),
            StmtKind::Set(name, value) => {
                if let Some(set) = self.entry_set(name.text, value, span) {
                    return set;
                }
                let value = self.assigned(name.text, value);
                self.assign(name.text, value, span)
            }
            StmtKind::Change(name, op, amount) => self.change(*name, *op, amount, span),
            StmtKind::Choose { cond, then, otherwise } => {
                let cond = self.condition(cond);
                self.frame().nesting += 1;
                let then = self.write(then, false, span);
                let otherwise = otherwise.as_ref().map(|o| self.write(o, false, span));
                self.frame().nesting -= 1;
                build::if_(cond, then, otherwise.unwrap_or_else(|| build::nil(span)), span)
            }
            StmtKind::If { cond, then, otherwise } => {
                let cond = self.condition(cond);
                self.conditional += 1;
                let start = self.branch();
                let then = self.block(then, span);
                let then_end = self.end_branch(start, then.ty == Type::Never);
                let otherwise = self.block(otherwise, span);
                let otherwise_end = self.end_branch(start, otherwise.ty == Type::Never);
                self.conditional -= 1;
                self.join_branches(vec![then_end, otherwise_end]);
                build::if_(cond, then, otherwise, span)
            }
            StmtKind::While(cond, body) => {
                self.loop_assigns(body);
                let label = self.frame().new_label();
                let cond = self.condition(cond);
                let body = self.loop_body(body, span);
                build::while_(label, cond, body, span)
            }
            StmtKind::Repeat(count, body) => self.repeat(count, body, span),
            StmtKind::Define(function) => self.define(function, span),
            StmtKind::Use(call) => {
                let value = self.call(call, span);
                self.print(value, span)
            }
            StmtKind::Return(value) => self.return_(value.as_ref(), span),
            StmtKind::Try { body, handlers, finally } => self.try_(body, handlers, finally.as_deref(), span),
            StmtKind::Throw(value) => {
                let value = self.value(value);
                self.native_call("throw", Type::Any, Effect::Reads, vec![value], span)
            }
            StmtKind::Import { path, .. } => self.import(path, span),
            StmtKind::ImportSystem { name, alias, exposing } => self.import_system(name.text, *alias, exposing, span),
            StmtKind::CreateServer(port) => {
                let port = self.value(port);
                let server = self.native_call("create_server", Type::Any, Effect::Reads, vec![port], span);
                self.assign("server", server, span)
            }
            StmtKind::AddRoute { path, method, handler } => self.add_route(path, method, handler, span),
            StmtKind::AddMiddleware { kind, config } => self.add_middleware(*kind, config, span),
            StmtKind::ServeStatic(folder) => {
                let server = self.server(span);
                let folder = self.value(folder);
                self.native_call("serve_static", Type::Any, Effect::Retains, vec![server, folder], span)
            }
            StmtKind::StartServer => {
                let server = self.server(span);
                self.native_call("start_server", Type::Any, Effect::Retains, vec![server], span)
            }
        }
    }

    /// A statement of a session that ran before: what it assigned may hold a value, and it is not known which.
    pub(super) fn replay(&mut self, stmt: &'a Stmt<'a>) {
        events(core::slice::from_ref(stmt), false, &mut |event, _| match event {
            Event::Assign(name, what) => {
                if let Assigned::Definition(_) = what {
                    self.definition_label(name);
                }
                if let Some(number) = self.global_named(name) {
                    self.globals[number].maybe = true;
                }
            }
            Event::Import(_) | Event::System(_) => self.anything_assigned(),
        });
    }

    // ---- output and input

    /// `Write e`. `calls`: at the program level a name that stands for a function calls it.
    fn write(&mut self, value: &'a Expr<'a>, calls: bool, span: Span) -> Ir {
        let kind = self.frame().kind;
        let value = match value.kind {
            ExprKind::Name(name) if calls && matches!(kind, FrameKind::Program | FrameKind::Handler) => {
                self.called_name(name, span)
            }
            _ => self.value(value),
        };
        if kind == FrameKind::Handler {
            return self.respond(value, span);
        }
        self.print(value, span)
    }

    fn print(&mut self, value: Ir, span: Span) -> Ir {
        self.native_call("write", Type::Nil, Effect::Reads, vec![uncast(value)], span)
    }

    /// The value of a name; if it is a function, what a call of it without arguments gives.
    fn called_name(&mut self, name: &'a str, span: Span) -> Ir {
        let vars = self.lookup(name, false);
        if let [Var { place: Place::Func(func, global), sure: true, .. }] = vars.as_slice() {
            return self.direct_call(*func, *global, &[], span);
        }
        let value = self.read(name, span);
        if !matches!(value.ty, Type::Any | Type::Func) {
            return value;
        }
        let mut before = Vec::new();
        let value = self.keep(value, &mut before);
        let called = self.call_without_arguments(value.clone(), span);
        after(before, build::if_(is_type(value.clone(), Type::Func, span), called, value, span))
    }

    /// What a `Write` in a handler does: a response ends the handler; anything else is dropped, or printed in a nested block.
    fn respond(&mut self, value: Ir, span: Span) -> Ir {
        if !matches!(value.ty, Type::Any) {
            return match self.frame().nesting {
                0 => self.sequence(vec![value], span),
                _ => self.print(value, span),
            };
        }
        let mut before = Vec::new();
        let value = self.keep(value, &mut before);
        let is_response = self.native_call("is_response", Type::Bool, Effect::Pure, vec![value.clone()], span);
        let otherwise = match self.frame().nesting {
            0 => build::nil(span),
            _ => self.print(value.clone(), span),
        };
        let respond = self.leave(value, span);
        after(before, build::if_(is_response, respond, otherwise, span))
    }

    fn ask(&mut self, name: Ident<'a>, prompt: Option<&'a Expr<'a>>, number: bool, span: Span) -> Ir {
        let mut args = vec![build::bool(number, span)];
        args.extend(prompt.map(|p| self.value(p)));
        let value = self.native_call("ask", Type::Any, Effect::Reads, args, span);
        self.assign(name.text, value, span)
    }

    // ---- assignment

    fn change(&mut self, name: Ident<'a>, op: BinOp, amount: &'a Expr<'a>, span: Span) -> Ir {
        let old = self.read(name.text, name.span);
        let amount = self.value(amount);
        let value = arithmetic(op, old, amount, span);
        self.assign(name.text, value, span)
    }

    // ---- control

    fn loop_body(&mut self, body: &'a [Stmt<'a>], span: Span) -> Ir {
        self.conditional += 1;
        self.loops += 1;
        let start = self.branch();
        let body = self.block(body, span);
        self.end_branch(start, true);
        self.loops -= 1;
        self.conditional -= 1;
        body
    }

    fn repeat(&mut self, count: &'a Expr<'a>, body: &'a [Stmt<'a>], span: Span) -> Ir {
        let count = self.value(count);
        let mut before = Vec::new();
        let cut = |n: Ir| match n.kind {
            Kind::Float(n) => build::int(n as i64, span),
            _ => build::unary(Family::Float, UnOp::ToInt, n, span),
        };
        let to = match count.ty {
            Type::Float => cut(count),
            Type::Any => {
                let count = self.keep(count, &mut before);
                let whole = cut(build::cast(Type::Float, count.clone()));
                build::if_(is_type(count, Type::Float, span), whole, build::int(0, span), span)
            }
            _ => build::block(vec![count, build::int(0, span)], span),
        };
        self.loop_assigns(body);
        let frame = self.frame();
        let (label, var) = (frame.new_label(), frame.temp("$counter", Type::Int));
        let body = self.loop_body(body, span);
        let ty = build::statement_type(&[&to]);
        let (from, to, body) = (Box::new(build::int(0, span)), Box::new(to), Box::new(body));
        after(before, build::expr(Kind::ForRange { label, var, from, to, inclusive: false, body }, ty, span))
    }

    /// `Return e`: nothing at the program level.
    fn return_(&mut self, value: Option<&'a Expr<'a>>, span: Span) -> Ir {
        if matches!(self.frame().kind, FrameKind::Program | FrameKind::Handler) {
            return build::nil(span);
        }
        let value = match value {
            Some(value) => self.returned(value),
            None => build::str("", span),
        };
        self.leave(value, span)
    }

    /// Leaves the function, through all `finally:` blocks around here.
    pub(super) fn leave(&mut self, value: Ir, span: Span) -> Ir {
        let frame = self.frame();
        let Some(exit) = frame.exits.last_mut() else { return build::return_(value, span) };
        exit.used = true;
        let label = exit.label;
        let result = match frame.result {
            Some(result) => result,
            None => {
                let result = frame.new_local("$result", Type::Any);
                frame.result = Some(result);
                result
            }
        };
        let set = build::set_local(result, value, span);
        build::block(vec![set, build::expr(Kind::Break(label), Type::Never, span)], span)
    }

    /// `nil`-typed assignment of a hidden global.
    pub(super) fn set_hidden(&mut self, global: motet_ir::GlobalIdx, value: Ir, span: Span) -> Ir {
        nil_typed(Kind::SetGlobal(global, Box::new(value)), span)
    }
}
