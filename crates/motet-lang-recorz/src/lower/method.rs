//! Methods and do-its as functions.

use alloc::{format, string::ToString, vec, vec::Vec};

use motet_ir::{Expr as Ir, FuncIdx, LocalIdx, Type, build};
use motet_source::Span;

use super::{Frame, FrameKind, Lowered, Lowerer, Target, captures::captures};
use crate::ast::{Body, Expr, ExprKind, Ident, Method, Statement};

impl Lowerer {
    /// A method; its function takes the receiver first.
    pub(super) fn method(&mut self, target: &Target, method: &Method<'_>) -> Lowered<FuncIdx> {
        // It must not come between a method and its blocks.
        self.nil_block();
        let func = self.tables.reserve_function();
        let name = format!("{}>>{}", target.name(), method.selector);
        self.target = Some(target.clone());
        let mut frame = Frame::new(FrameKind::Method, func, name);
        frame.captured = captures(&method.params, &method.body, self.inlining());
        frame.local("self", Type::Any);
        let body = self.lower_unit(frame, &method.params, method.span, |lowerer, parts| {
            lowerer.statements(&method.body, parts, false, method.span)?;
            Ok(build::local(LocalIdx(0), Type::Any, method.span))
        });
        self.target = None;
        body.map(|()| func)
    }

    /// A do-it; its function takes nothing and answers the value of the last statement. Statements that end before
    /// `skip` are not run.
    pub(super) fn do_it(&mut self, body: &Body<'_>, skip: u32, span: Span) -> Lowered<FuncIdx> {
        // It must not come between a method and its blocks.
        self.nil_block();
        let func = self.tables.reserve_function();
        let mut frame = Frame::new(FrameKind::DoIt, func, "<program>".to_string());
        frame.captured = captures(&[], body, self.inlining());
        let assigned = undeclared(body);
        let names = assigned.into_iter().filter(|name| !self.model.is_known_class(name)).collect::<Vec<_>>();
        self.model.add_workspace_variables(&names);
        let made = self.lower_unit(frame, &[], span, |lowerer, parts| {
            for name in &names {
                let call = lowerer.native_call("workspace", vec![build::str(name.as_str(), span)], span);
                parts.push(call);
            }
            let start = parts.len();
            lowerer.do_it_statements(body, skip, parts, span)?;
            let result = if parts.len() > start { parts.pop() } else { None };
            Ok(result.unwrap_or_else(|| build::nil(span)))
        });
        made.map(|()| func)
    }

    fn do_it_statements(&mut self, body: &Body<'_>, skip: u32, parts: &mut Vec<Ir>, span: Span) -> Lowered<()> {
        if skip == 0 {
            return self.statements(body, parts, true, span);
        }
        for name in &body.temporaries {
            parts.push(self.declare(name.text, name.span.start, build::nil(name.span), name.span));
        }
        for statement in &body.statements {
            let mut made = Vec::new();
            let one = Body { temporaries: Vec::new(), statements: vec![statement.clone()] };
            self.statements(&one, &mut made, true, span)?;
            if end(statement) > skip {
                parts.extend(made);
            }
        }
        Ok(())
    }

    /// Lowers the function of a method or do-it: `fill` declares, runs the statements, and gives the result.
    fn lower_unit(
        &mut self,
        frame: Frame,
        params: &[Ident<'_>],
        span: Span,
        fill: impl FnOnce(&mut Self, &mut Vec<Ir>) -> Lowered<Ir>,
    ) -> Lowered<()> {
        let returns = frame.captured.returns;
        self.frames = vec![frame];
        self.open_scope();
        // Parameters come first among the locals.
        let mut first = self.params(params);
        if returns {
            first.push(self.open_home(span));
        }
        let mut parts = Vec::new();
        let body = fill(self, &mut parts).map(|result| {
            if returns {
                first.push(self.close_home(parts, result, span));
            } else {
                first.append(&mut parts);
                first.push(result);
            }
            build::block(first, span)
        });
        let frame = self.frames.pop();
        self.frames.clear();
        let (body, Some(frame)) = (body?, frame) else { unreachable!("just pushed") };
        self.finish_function(frame, params.len(), body, span);
        Ok(())
    }
}

/// Where a statement ends.
fn end(statement: &Statement<'_>) -> u32 {
    statement.value.span.end
}

/// Names that a do-it assigns and does not declare.
fn undeclared(body: &Body<'_>) -> Vec<alloc::string::String> {
    let mut names = Vec::new();
    let mut scope = Vec::new();
    in_body(body, &mut scope, &mut names);
    names
}

fn in_body<'a>(body: &Body<'a>, scope: &mut Vec<&'a str>, names: &mut Vec<alloc::string::String>) {
    let outer = scope.len();
    scope.extend(body.temporaries.iter().map(|name| name.text));
    for statement in &body.statements {
        in_expr(&statement.value, scope, names);
    }
    scope.truncate(outer);
}

fn in_expr<'a>(expr: &Expr<'a>, scope: &mut Vec<&'a str>, names: &mut Vec<alloc::string::String>) {
    match &expr.kind {
        ExprKind::Literal(_) | ExprKind::Name(_) => {}
        ExprKind::Assign(name, value) => {
            in_expr(value, scope, names);
            if !scope.contains(&name.text) && !names.iter().any(|n| n == name.text) {
                names.push(name.text.to_string());
            }
        }
        ExprKind::Send(receiver, message) => {
            in_expr(receiver, scope, names);
            message.args.iter().for_each(|arg| in_expr(arg, scope, names));
        }
        ExprKind::Cascade(receiver, messages) => {
            in_expr(receiver, scope, names);
            messages.iter().flat_map(|m| &m.args).for_each(|arg| in_expr(arg, scope, names));
        }
        ExprKind::Block(block) => {
            let outer = scope.len();
            scope.extend(block.params.iter().map(|name| name.text));
            in_body(&block.body, scope, names);
            scope.truncate(outer);
        }
        ExprKind::Brace(items) => items.iter().for_each(|item| in_expr(item, scope, names)),
    }
}
