//! Methods, blocks, statements, and returns from methods.

use alloc::{boxed::Box, format, string::String, vec, vec::Vec};

use motet_ir::{
    BinOp, Expr as Ir, ExprKind as Kind, Family, FuncIdx, Function, FunctionKind, Label, LocalIdx, Type, build,
};
use motet_source::{Code, Span};

use super::{
    Lowerer, any,
    frame::{Frame, HOME, SELF},
    scan::restarts,
};
use crate::ast::{Block, Body, Expr, ExprKind, Ident, Method};

impl<'a> Lowerer<'a> {
    pub(super) fn lower_method(&mut self, index: FuncIdx, method: &'a Method<'a>) {
        let span = method.span;
        let mut frame = Frame::new(index);
        let receiver = frame.new_local("self", Type::Any);
        frame.place(SELF, receiver, Type::Any);
        self.frames.push(frame);
        let mut parts = self.parameters(&method.params);
        if self.facts.returns {
            parts.push(self.with_home(&method.body, span));
        } else {
            parts.push(self.function_body(&method.body, span));
        }
        let name = self.method_name();
        self.end_function(name, method.params.len() as u32 + 1, 0, parts, span);
    }

    /// Names the arguments; what gives those a cell that need one.
    fn parameters(&mut self, params: &[Ident<'a>]) -> Vec<Ir> {
        let locals: Vec<LocalIdx> = params.iter().map(|p| self.frame().new_local(p.text, Type::Any)).collect();
        let mut parts = Vec::new();
        for (param, local) in params.iter().zip(locals) {
            if self.facts.is_shared(param.span.start) {
                parts.push(self.declare(param, build::local(local, Type::Any, param.span)));
            } else {
                self.frame().place(param.span.start, local, Type::Any);
                self.frame().bring(param);
            }
        }
        parts
    }

    fn end_function(&mut self, name: String, params: u32, optional: u32, parts: Vec<Ir>, span: Span) -> Vec<u32> {
        let Some(frame) = self.frames.pop() else { return Vec::new() };
        let unit = &self.units[self.unit];
        let function = Function {
            name,
            language: 0,
            source: unit.file,
            span,
            params,
            optional,
            locals: frame.locals,
            captures: frame.captures,
            result: Type::Any,
            kind: FunctionKind::Normal,
            hidden: unit.built_in,
            body: build::block(parts, span),
        };
        self.tables.set_function(frame.index, function);
        frame.captured
    }

    /// A method whose blocks return from it. Its cell is unset while it runs; a block that returns stores the value in
    /// it and raises it.
    fn with_home(&mut self, body: &'a Body<'a>, span: Span) -> Ir {
        let local = self.frame().new_local("$home", Type::Any);
        self.frame().place(HOME, local, Type::Any);
        let home = || build::local(local, Type::Any, span);
        let cell = any(Kind::NewCell(Box::new(build::unset(span))), span);
        let (result, raised) = (self.temp(Type::Any), self.temp(Type::Any));
        let value = self.function_body(body, span);
        let body = match value.ty {
            Type::Never => value,
            _ => build::block(
                vec![
                    build::set_local(result, value, span),
                    leave_home(home(), span),
                    build::local(result, Type::Any, span),
                ],
                span,
            ),
        };
        let thrown = || build::local(raised, Type::Any, span);
        let is_ours = build::binary(Family::Same, BinOp::Eq, thrown(), home(), span);
        let on = build::expr(Kind::Raise(Box::new(thrown())), Type::Never, span);
        let on = build::block(vec![leave_home(home(), span), on], span);
        let handler = build::if_(is_ours, any(Kind::CellGet(Box::new(home())), span), on, span);
        let tried = any(Kind::Try { body: Box::new(body), var: raised, handler: Box::new(handler) }, span);
        build::block(vec![build::set_local(local, cell, span), tried], span)
    }

    /// The body of a method or of a block that is a function.
    fn function_body(&mut self, body: &'a Body<'a>, span: Span) -> Ir {
        let mut parts = self.temporaries(&body.temporaries);
        if !restarts(body) {
            parts.push(self.statements(body, span));
            return build::block(parts, span);
        }
        // The variables keep their values.
        let label = self.frame().new_label();
        self.frame().restart = Some(label);
        let value = self.statements(body, span);
        let value = match value.ty {
            Type::Never => value,
            _ => build::return_(self.left(value, span), span),
        };
        parts.push(endless(label, value, span));
        build::block(parts, span)
    }

    /// A value with which the method is left.
    fn left(&mut self, value: Ir, span: Span) -> Ir {
        if self.frames.len() > 1 || !self.facts.returns {
            return value;
        }
        let result = self.temp(Type::Any);
        let home = self.raw(HOME, span);
        let parts =
            vec![build::set_local(result, value, span), leave_home(home, span), build::local(result, Type::Any, span)];
        build::block(parts, span)
    }

    /// The value is that of the last statement in a block, and the receiver in a method.
    fn statements(&mut self, body: &'a Body<'a>, span: Span) -> Ir {
        let is_method = self.frames.len() == 1;
        let mut parts = Vec::new();
        match body.statements.split_last() {
            Some((last, before)) if !is_method || last.returns => {
                for statement in before {
                    parts.push(self.statement(statement.returns, &statement.value, false));
                }
                parts.push(self.statement(last.returns, &last.value, true));
            }
            _ => {
                for statement in &body.statements {
                    parts.push(self.statement(statement.returns, &statement.value, false));
                }
                parts.push(if is_method { self.receiver(span) } else { build::nil(span) });
            }
        }
        build::block(parts, span)
    }

    fn temporaries(&mut self, temporaries: &[Ident<'a>]) -> Vec<Ir> {
        temporaries.iter().map(|ident| self.declare(ident, build::nil(ident.span))).collect()
    }

    fn statement(&mut self, returns: bool, value: &'a Expr<'a>, wanted: bool) -> Ir {
        if !returns {
            return if wanted { self.expr(value) } else { self.effect(value) };
        }
        let result = self.expr(value);
        if result.ty == Type::Never {
            return result;
        }
        let span = value.span;
        if self.frames.len() == 1 {
            let result = self.left(result, span);
            return build::return_(result, span);
        }
        self.return_from_home(result, span)
    }

    /// `^` in a block: stores the value in the method's cell and raises that; if the method has returned, asks the
    /// receiver.
    fn return_from_home(&mut self, value: Ir, span: Span) -> Ir {
        let result = self.temp(Type::Any);
        let home = self.raw(HOME, span);
        let content = any(Kind::CellGet(Box::new(home.clone())), span);
        let runs = build::expr(Kind::IsUnset(Box::new(content)), Type::Bool, span);
        let value_of = || build::local(result, Type::Any, span);
        let store = build::expr(Kind::CellSet(Box::new(home.clone()), Box::new(value_of())), Type::Nil, span);
        let raise = build::expr(Kind::Raise(Box::new(home)), Type::Never, span);
        let escaped = {
            let receiver = self.receiver(span);
            let block = self.running_block(span);
            build::return_(build::send(receiver, "escapedBlock:", vec![block], span), span)
        };
        let parts = vec![
            build::set_local(result, value, span),
            build::if_(runs, build::block(vec![store, raise], span), escaped, span),
        ];
        build::block(parts, span)
    }

    /// The running block as a value. Its captures are complete once the receiver and the method's cell are among them,
    /// except those that later statements add, so the value is completed when the block ends.
    fn running_block(&mut self, span: Span) -> Ir {
        let index = self.frame().index;
        any(Kind::Closure(index, Vec::new()), span)
    }

    /// A block that is a value.
    pub(super) fn closure(&mut self, block: &'a Block<'a>, span: Span) -> Ir {
        let index = self.tables.reserve_function();
        self.frames.push(Frame::new(index));
        // Blocks take fewer arguments than they have; the others are nil.
        let locals: Vec<LocalIdx> = block.params.iter().map(|p| self.frame().new_local(p.text, Type::Any)).collect();
        let mut parts = Vec::new();
        for (param, local) in block.params.iter().zip(locals) {
            let at = param.span;
            let missing = Kind::IsUnset(Box::new(build::local(local, Type::Any, at)));
            let fill = build::set_local(local, build::nil(at), at);
            parts.push(build::if_(build::expr(missing, Type::Bool, at), fill, build::nil(at), at));
            if self.facts.is_shared(at.start) {
                parts.push(self.declare(param, build::local(local, Type::Any, at)));
            } else {
                self.frame().place(at.start, local, Type::Any);
                self.frame().bring(param);
            }
        }
        parts.push(self.function_body(&block.body, span));
        let captures = self.frame().captured.len();
        for part in &mut parts {
            complete(part, index, captures);
        }
        let name = format!("[] in {}", self.method_name());
        let params = block.params.len() as u32;
        let captured = self.end_function(name, params, params, parts, span);
        if captured.is_empty() {
            return build::expr(Kind::Func(index), Type::Func, span);
        }
        let values = captured.into_iter().map(|var| self.raw(var, span)).collect();
        build::expr(Kind::Closure(index, values), Type::Func, span)
    }

    /// A block that is part of the running function; `bind` declares its arguments.
    pub(super) fn inline_block(
        &mut self,
        block: &'a Block<'a>,
        wanted: bool,
        span: Span,
        bind: impl FnOnce(&mut Self) -> Vec<Ir>,
    ) -> Ir {
        let names = self.frame().enter();
        let mut parts = bind(self);
        parts.extend(self.temporaries(&block.body.temporaries));
        let last = block.body.statements.len().wrapping_sub(1);
        for (at, statement) in block.body.statements.iter().enumerate() {
            parts.push(self.statement(statement.returns, &statement.value, wanted && at == last));
        }
        if block.body.statements.is_empty() || !wanted {
            parts.push(build::nil(span));
        }
        self.frame().leave(names);
        build::block(parts, span)
    }

    // ---- expressions

    /// An expression for its effect; the value is of no interest.
    pub(super) fn effect(&mut self, expr: &'a Expr<'a>) -> Ir {
        match &expr.kind {
            ExprKind::Assign(target, value) => {
                let value = self.expr(value);
                self.assign(target, value, expr.span)
            }
            ExprKind::Send(receiver, message) => self.send(receiver, message, false, expr.span),
            // Unknown names have an effect.
            _ => self.expr(expr),
        }
    }

    pub(super) fn expr(&mut self, expr: &'a Expr<'a>) -> Ir {
        let span = expr.span;
        match &expr.kind {
            ExprKind::Literal(literal) => self.literal(literal, span),
            ExprKind::Name(name) => self.name(name, span),
            ExprKind::Assign(target, value) => {
                let value = self.expr(value);
                if value.ty == Type::Never {
                    return value;
                }
                let ty = value.ty;
                let temp = self.temp(ty);
                let assign = self.assign(target, build::local(temp, ty, span), span);
                build::block(vec![build::set_local(temp, value, span), assign, build::local(temp, ty, span)], span)
            }
            ExprKind::Send(receiver, message) => self.send(receiver, message, true, span),
            ExprKind::Block(block) => self.closure(block, span),
            // The surface has neither.
            ExprKind::Cascade(receiver, _) => self.expr(receiver),
            ExprKind::Brace(_) => build::nil(span),
        }
    }

    /// Position of a variable of the receiver.
    fn field(&self, name: &str) -> Option<u32> {
        let layout = &self.layouts[self.unit];
        let at = if self.meta {
            // Behind the number of the class.
            layout.class.iter().rposition(|f| *f == name)? + 1
        } else {
            layout.instance.iter().rposition(|f| *f == name)?
        };
        Some(at as u32)
    }

    fn name(&mut self, name: &'a str, span: Span) -> Ir {
        if let Some(var) = self.find_name(name) {
            return self.get_var(var, span);
        }
        match name {
            "self" | "super" => return self.receiver(span),
            _ => {}
        }
        if let Some(at) = self.field(name) {
            let receiver = self.receiver(span);
            return build::part(receiver, at, span);
        }
        match name {
            "nil" => return build::nil(span),
            "true" => return build::bool(true, span),
            "false" => return build::bool(false, span),
            _ => {}
        }
        let cell = self.binding(name, span);
        let value = any(Kind::CellGet(Box::new(cell)), span);
        if name == "system" || self.classes.contains_key(name) {
            return value;
        }
        let temp = self.temp(Type::Any);
        let local = || build::local(temp, Type::Any, span);
        let missing = build::expr(Kind::IsUnset(Box::new(local())), Type::Bool, span);
        let receiver = self.receiver(span);
        let symbol = self.symbol(name, span);
        let ask = build::send(receiver, "unknownGlobal:", vec![symbol], span);
        build::block(vec![build::set_local(temp, value, span), build::if_(missing, ask, local(), span)], span)
    }

    fn assign(&mut self, target: &Ident<'a>, value: Ir, span: Span) -> Ir {
        if let Some(var) = self.find_name(target.text) {
            return self.set_var(var, value, span);
        }
        if let Some(at) = self.field(target.text) {
            let receiver = self.receiver(span);
            return build::set_part(receiver, at, value, span);
        }
        let message = format!("undefined variable '{}'", target.text);
        self.complain(self.unit, Code::UnknownName, target.span, message);
        value
    }
}

/// Says that the method of this cell has returned.
fn leave_home(home: Ir, span: Span) -> Ir {
    build::expr(Kind::CellSet(Box::new(home), Box::new(build::nil(span))), Type::Nil, span)
}

fn endless(label: Label, body: Ir, span: Span) -> Ir {
    let kind = Kind::While { label, cond: None, body: Box::new(body), step: None };
    build::expr(kind, Type::Never, span)
}

/// Gives the values that stand for the running block itself all captures of the block.
fn complete(expr: &mut Ir, index: FuncIdx, captures: usize) {
    let span = expr.span;
    match &mut expr.kind {
        Kind::Closure(func, values) if *func == index => {
            *values = (0..captures).map(|at| any(Kind::Capture(motet_ir::CaptureIdx(at as u32)), span)).collect();
        }
        _ => expr.for_each_child_mut(&mut |child| complete(child, index, captures)),
    }
}
