//! Expressions and statements.

use alloc::{boxed::Box, format, vec, vec::Vec};

use motet_ir::{Elem, Expr as Ir, ExprKind as Kind, Type, build};
use motet_source::{Code, Diagnostic, Span};

use super::{
    FrameKind, Lowered, Lowerer,
    frame::{cell_get, cell_set},
    send::any,
};
use crate::ast::{Body, Expr, ExprKind, Ident};

impl Lowerer {
    /// The value of an expression.
    pub(super) fn value(&mut self, expr: &Expr<'_>) -> Lowered<Ir> {
        let span = expr.span;
        match &expr.kind {
            ExprKind::Literal(literal) => Ok(self.literal(literal, span)),
            ExprKind::Name(name) => self.name(name, span),
            ExprKind::Assign(name, value) => self.assign(name, value, true, span),
            ExprKind::Send(receiver, message) => self.send(receiver, message, true, span),
            ExprKind::Cascade(receiver, messages) => self.cascade(receiver, messages, span),
            ExprKind::Block(block) => self.closure(block, span),
            ExprKind::Brace(items) => {
                let items: Lowered<Vec<Elem>> = items.iter().map(|item| Ok(Elem::One(self.value(item)?))).collect();
                let list = build::expr(Kind::List(items?), Type::List, span);
                Ok(self.native_call("array", vec![list], span))
            }
        }
    }

    /// An expression for its effect.
    pub(super) fn effect(&mut self, expr: &Expr<'_>) -> Lowered<Ir> {
        match &expr.kind {
            ExprKind::Assign(name, value) => self.assign(name, value, false, expr.span),
            ExprKind::Send(receiver, message) => self.send(receiver, message, false, expr.span),
            _ => self.value(expr),
        }
    }

    pub(super) fn maybe_value(&mut self, expr: &Expr<'_>, wanted: bool) -> Lowered<Ir> {
        if wanted { self.value(expr) } else { self.effect(expr) }
    }

    /// Temporaries and statements, put behind `parts`. The value is that of the last statement, if it is wanted; nil if
    /// there is none.
    pub(super) fn statements(&mut self, body: &Body<'_>, parts: &mut Vec<Ir>, wanted: bool, span: Span) -> Lowered<()> {
        for name in &body.temporaries {
            parts.push(self.declare(name.text, name.span.start, build::nil(name.span), name.span));
        }
        let last = body.statements.len().wrapping_sub(1);
        for (at, statement) in body.statements.iter().enumerate() {
            if statement.returns {
                let value = self.value(&statement.value)?;
                parts.push(self.return_from_method(value, statement.value.span));
            } else {
                parts.push(self.maybe_value(&statement.value, wanted && at == last)?);
            }
        }
        if body.statements.is_empty() {
            parts.push(build::nil(span));
        }
        Ok(())
    }

    /// A name is read.
    fn name(&mut self, name: &str, span: Span) -> Lowered<Ir> {
        match name {
            "self" => return Ok(self.receiver(span)),
            "nil" => return Ok(build::nil(span)),
            "true" => return Ok(build::bool(true, span)),
            "false" => return Ok(build::bool(false, span)),
            "super" => {
                return self.error(Code::UnexpectedToken, span, "super may only be used as a message receiver");
            }
            "thisContext" => return Ok(self.context(span)),
            _ => {}
        }
        if let Some(place) = self.variable(name) {
            return Ok(self.read(place, span));
        }
        if let Some(number) = self.instance_variable(name) {
            let receiver = self.receiver(span);
            return Ok(build::part(receiver, number, span));
        }
        if let Some(class) = self.class_variable_owner(name) {
            let cell = self.class_variable(&class, name);
            return Ok(cell_get(any(Kind::GlobalOrUnset(cell), span), span));
        }
        if self.is_workspace_variable(name) {
            let cell = self.binding(name);
            return Ok(cell_get(any(Kind::GlobalOrUnset(cell), span), span));
        }
        if !is_global_name(name) {
            return Err(self.undefined(name, span));
        }
        Ok(self.global_value(name, span))
    }

    fn undefined(&self, name: &str, span: Span) -> Diagnostic {
        let error = Diagnostic::error(Code::UnknownName, self.file, span, format!("undefined variable '{name}'"));
        match self.target {
            Some(_) => error.with_help("declare it between bars at the beginning: | name |"),
            None => error.with_help("assign it before it is read, or declare it between bars at the beginning"),
        }
    }

    /// Value of a global, which is bound when it is used.
    pub(super) fn global_value(&mut self, name: &str, span: Span) -> Ir {
        let cell = self.binding(name);
        let value = cell_get(any(Kind::GlobalOrUnset(cell), span), span);
        if self.model.is_built_in(name) {
            return value;
        }
        let local = self.temporary();
        let read = || any(Kind::Local(local), span);
        let undefined = self.native_call("undefined", vec![build::str(name, span)], span);
        let unset = build::expr(Kind::IsUnset(Box::new(read())), Type::Bool, span);
        build::block(vec![build::set_local(local, value, span), build::if_(unset, undefined, read(), span)], span)
    }

    /// Position of an instance variable of the class whose method is lowered.
    fn instance_variable(&self, name: &str) -> Option<u32> {
        self.model.instance_variable(self.target.as_ref()?, name)
    }

    /// The class that declares a class variable which the lowered method sees.
    fn class_variable_owner(&self, name: &str) -> Option<alloc::string::String> {
        self.model.class_variable(self.target.as_ref()?, name)
    }

    /// Do-its share variables that one of them assigned.
    fn is_workspace_variable(&mut self, name: &str) -> bool {
        let in_do_it = self.frames.first().is_some_and(|frame| frame.kind == FrameKind::DoIt);
        in_do_it && self.model.is_workspace_variable(name)
    }

    fn assign(&mut self, name: &Ident<'_>, value: &Expr<'_>, wanted: bool, span: Span) -> Lowered<Ir> {
        let value = self.value(value)?;
        if !wanted {
            return self.store(name, value, span);
        }
        let local = self.temporary();
        let keep = build::set_local(local, value, span);
        let store = self.store(name, build::local(local, Type::Any, span), span)?;
        Ok(build::block(vec![keep, store, build::local(local, Type::Any, span)], span))
    }

    /// Assigns a variable.
    fn store(&mut self, name: &Ident<'_>, value: Ir, span: Span) -> Lowered<Ir> {
        if let Some(place) = self.variable(name.text) {
            return Ok(self.write(place, value, span));
        }
        if let Some(number) = self.instance_variable(name.text) {
            let receiver = self.receiver(span);
            return Ok(build::set_part(receiver, number, value, span));
        }
        let cell = if let Some(class) = self.class_variable_owner(name.text) {
            self.class_variable(&class, name.text)
        } else if self.is_workspace_variable(name.text) || is_global_name(name.text) {
            self.binding(name.text)
        } else {
            return Err(self.undefined(name.text, name.span));
        };
        Ok(cell_set(any(Kind::GlobalOrUnset(cell), span), value, span))
    }

    /// `thisContext`, made by the library.
    fn context(&mut self, span: Span) -> Ir {
        let receiver = self.receiver(span);
        let unit = self.frames.first().map_or("", |frame| frame.name.as_str());
        let selector = build::str(unit.split_once(">>").map_or(unit, |(_, s)| s), span);
        let selector = self.native_call("string", vec![selector], span);
        self.words.word("_receiver:detail:");
        let class = self.global_value("Context", span);
        build::send(class, "_receiver:detail:", vec![receiver, selector], span)
    }
}

/// Whether a name that is declared nowhere is bound when it is used.
fn is_global_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_uppercase() || c == '_')
}
