//! Blocks as closures, and returning from methods.

use alloc::{boxed::Box, format, vec, vec::Vec};

use motet_ir::{BinOp, Expr as Ir, ExprKind as Kind, Family, Function, FunctionKind, Type, build};
use motet_source::Span;

use super::{
    Frame, FrameKind, Lowered, Lowerer,
    frame::{cell_get, cell_set, new_cell},
    send::any,
};
use crate::ast::{Block, Ident};

impl Lowerer {
    /// A block as a value.
    pub(super) fn closure(&mut self, block: &Block<'_>, span: Span) -> Lowered<Ir> {
        let func = self.tables.reserve_function();
        let outer = self.frames.first().map_or("", |frame| frame.name.as_str());
        let name = format!("[] in {outer}");
        self.frames.push(Frame::new(FrameKind::Block, func, name));
        let body = self.block_body(block, span);
        let frame = self.frames.pop();
        let (body, Some(frame)) = (body?, frame) else { unreachable!("just pushed") };
        let taken = self.finish_function(frame, block.params.len(), body, span);
        if taken.is_empty() {
            return Ok(build::expr(Kind::Func(func), Type::Func, span));
        }
        let given = taken.into_iter().map(|taken| self.give(taken, span)).collect();
        Ok(build::expr(Kind::Closure(func, given), Type::Func, span))
    }

    fn block_body(&mut self, block: &Block<'_>, span: Span) -> Lowered<Ir> {
        self.open_scope();
        let mut parts = self.params(&block.params);
        self.statements(&block.body, &mut parts, true, span)?;
        Ok(build::block(parts, span))
    }

    /// Declares the parameters of the function that just began; what moves them to cells.
    pub(super) fn params(&mut self, params: &[Ident<'_>]) -> Vec<Ir> {
        let locals: Vec<_> = params.iter().map(|param| self.frame().local(param.text, Type::Any)).collect();
        let declared = params.iter().zip(locals);
        declared
            .filter_map(|(param, local)| self.declare_param(param.text, param.span.start, local, param.span))
            .collect()
    }

    /// Stores a function that was lowered; what its closures take along.
    pub(super) fn finish_function(
        &mut self,
        frame: Frame,
        params: usize,
        body: Ir,
        span: Span,
    ) -> Vec<super::frame::Taken> {
        let (func, name) = (frame.func, frame.name.clone());
        let params = params as u32 + u32::from(frame.kind == FrameKind::Method);
        let (locals, captures, taken) = frame.finish();
        let function = Function {
            name,
            language: 0,
            source: self.file,
            span,
            params,
            optional: 0,
            locals,
            captures,
            result: Type::Any,
            kind: FunctionKind::Normal,
            hidden: self.in_library,
            body,
        };
        self.tables.set_function(func, function);
        taken
    }

    /// `^ value`.
    pub(super) fn return_from_method(&mut self, value: Ir, span: Span) -> Ir {
        if value.ty == Type::Never {
            return value;
        }
        if self.frames.len() == 1 {
            let Some(home) = self.frame().home else { return build::return_(value, span) };
            let local = self.temporary();
            let dead = cell_set(build::local(home, Type::Any, span), build::unset(span), span);
            let parts = vec![
                build::set_local(local, value, span),
                dead,
                build::return_(build::local(local, Type::Any, span), span),
            ];
            return build::block(parts, span);
        }
        // The token holds something as long as its method has not ended: in the end the value that is returned.
        let local = self.temporary();
        let read = || build::local(local, Type::Any, span);
        let dead = build::expr(Kind::IsUnset(Box::new(cell_get(self.home(span), span))), Type::Bool, span);
        let store = cell_set(self.home(span), read(), span);
        let raise = build::expr(Kind::Raise(Box::new(self.home(span))), Type::Never, span);
        let refused = self.native_call("cannot_return", vec![read()], span);
        let unwind = build::block(vec![store, raise], span);
        let choice = build::if_(dead, build::return_(refused, span), unwind, span);
        build::block(vec![build::set_local(local, value, span), choice], span)
    }

    /// Makes the token by which blocks find the method or do-it that just began.
    pub(super) fn open_home(&mut self, span: Span) -> Ir {
        let home = self.frame().local("$home", Type::Any);
        self.frame().home = Some(home);
        // Alive, it holds the function of its method, which no variable holds: so snapshots can tell it.
        let func = build::expr(Kind::Func(self.frame().func), Type::Func, span);
        build::set_local(home, new_cell(func), span)
    }

    /// The body of a method or do-it that has a token: `parts` and then the result.
    pub(super) fn close_home(&mut self, mut parts: Vec<Ir>, result: Ir, span: Span) -> Ir {
        let Some(home) = self.frame().home else { unreachable!("open_home was called") };
        let token = || build::local(home, Type::Any, span);
        let dead = || cell_set(token(), build::unset(span), span);
        if result.ty == Type::Never {
            parts.push(result);
        } else {
            let local = self.temporary();
            parts.push(build::set_local(local, result, span));
            parts.push(dead());
            parts.push(build::local(local, Type::Any, span));
        }
        let var = self.temporary();
        let raised = || build::local(var, Type::Any, span);
        let mine = build::binary(Family::Same, BinOp::Eq, raised(), token(), span);
        let again = build::expr(Kind::Raise(Box::new(raised())), Type::Never, span);
        let value = self.temporary();
        let returned =
            vec![build::set_local(value, cell_get(token(), span), span), dead(), build::local(value, Type::Any, span)];
        let passed = build::block(vec![dead(), again], span);
        let handler = build::if_(mine, build::block(returned, span), passed, span);
        let body = build::block(parts, span);
        any(Kind::Try { body: Box::new(body), var, handler: Box::new(handler) }, span)
    }
}
