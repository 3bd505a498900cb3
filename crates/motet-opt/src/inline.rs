//! Inlines calls of small functions that only compute.
//!
//! Invariant: the callee cannot raise, call, change a variable or loop, so no
//! trace, limit or span can tell the difference. Arguments are evaluated once,
//! in order; literals and locals take the parameter's place where no other
//! argument can change them.

use alloc::{vec, vec::Vec};

use motet_ir::{Expr, ExprKind, FuncIdx, Function, FunctionKind, MAX_DEPTH, Module, Type};

use crate::{
    effects::is_harmless,
    rewrite::{NewLocals, assign, is_constant, take},
};

/// Largest body that is inlined, in nodes.
const MAX_SIZE: usize = 16;

pub(crate) fn run(module: &mut Module) {
    let bodies: Vec<Option<Expr>> = module.functions.iter().map(|f| inlinable(module, f)).collect();
    if bodies.iter().all(Option::is_none) {
        return;
    }
    for index in 0..module.functions.len() {
        let mut body = take(&mut module.functions[index].body);
        let mut new = NewLocals::new(&module.functions[index]);
        let mut inliner = Inliner { module, bodies: &bodies, new: &mut new };
        inliner.expr(&mut body, 1);
        new.store(&mut module.functions[index]);
        module.functions[index].body = body;
    }
}

/// The value that a call of the function has, in terms of its parameters.
fn inlinable(module: &Module, function: &Function) -> Option<Expr> {
    let plain = function.kind == FunctionKind::Normal && function.captures.is_empty();
    if !plain || function.locals.len() != function.params as usize {
        return None;
    }
    let mut value = &function.body;
    loop {
        value = match &value.kind {
            ExprKind::Return(value) => value,
            ExprKind::Block(parts) => match parts.as_slice() {
                [only] => only,
                _ => break,
            },
            _ => break,
        };
    }
    let mut small = 0;
    let mut fit = value.ty != Type::Never;
    value.walk(|node| {
        small += 1;
        // Shares and what has identity or a holder keep their place.
        fit &= !matches!(node.kind, ExprKind::Share(_) | ExprKind::NewCell(_) | ExprKind::Closure(..));
    });
    let inlinable = fit && small <= MAX_SIZE && is_harmless(Some(&module.natives), value);
    inlinable.then(|| value.clone())
}

struct Inliner<'a> {
    module: &'a Module,
    bodies: &'a [Option<Expr>],
    new: &'a mut NewLocals,
}

impl Inliner<'_> {
    fn expr(&mut self, node: &mut Expr, depth: usize) {
        node.for_each_child_mut(|child| self.expr(child, depth + 1));
        if depth + MAX_SIZE + 4 < MAX_DEPTH
            && let ExprKind::Call(func, _) = &node.kind
        {
            let func = *func;
            self.call(node, func);
        }
    }

    fn call(&mut self, node: &mut Expr, func: FuncIdx) {
        let Some(body) = self.bodies[func.index()].as_ref().filter(|body| body.ty.fits(node.ty)) else { return };
        let ExprKind::Call(_, args) = &mut node.kind else { return };
        let movable = args.iter().all(|arg| is_harmless(Some(&self.module.natives), arg));
        let params = &self.module.functions[func.index()].locals;
        let mut values: Vec<Expr> = Vec::with_capacity(args.len());
        for (arg, param) in args.iter().zip(params) {
            if is_constant(arg) || (movable && matches!(arg.kind, ExprKind::Local(_))) {
                values.push(arg.clone());
                continue;
            }
            let Some(local) = self.new.add(param.ty) else { return };
            values.push(Expr { kind: ExprKind::Local(local), ty: param.ty, span: arg.span });
        }
        let span = node.span;
        let mut parts = vec![];
        for (arg, value) in args.iter_mut().zip(&values) {
            if let ExprKind::Local(local) = &value.kind
                && arg.kind != value.kind
            {
                parts.push(assign(*local, take(arg), span));
            }
        }
        let mut result = body.clone();
        substitute(&mut result, &values, span);
        if !parts.is_empty() {
            parts.push(result);
            result = motet_ir::build::block(parts, span);
        }
        *node = result;
    }
}

/// Puts the arguments in place of the parameters, and the call's span on everything.
fn substitute(node: &mut Expr, values: &[Expr], span: motet_source::Span) {
    node.span = span;
    if let ExprKind::Local(param) = node.kind {
        node.kind = values[param.index()].kind.clone();
        node.ty = values[param.index()].ty;
        return;
    }
    node.for_each_child_mut(|child| substitute(child, values, span));
}
