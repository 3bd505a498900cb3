//! Calls: known functions, natives, builtins written in Ruff, methods, pipes.

use alloc::{boxed::Box, format, vec, vec::Vec};

use motet_ir::{Arg, Expr as Ir, ExprKind as Kind, FuncIdx, Type, build};
use motet_source::Span;

use super::{
    Builtin, Lowerer,
    expression::is_alias,
    variable::{any_typed, raise, share},
};
use crate::{
    ast::{BinOp, Entry, Expr, ExprKind, Item, Piece},
    builtins::{Effect, internal},
    prelude::SNIPPETS,
    resolve::Place,
    symbol::Sym,
};

/// A callee that is known when the call is compiled.
#[derive(Clone, Copy)]
pub(crate) enum Callee {
    /// A top-level function.
    Known(FuncIdx),
    /// A native.
    Native(Sym, Effect),
    /// A function of the host.
    Host(Sym),
    /// A builtin written in Ruff.
    Snippet(usize),
}

impl Lowerer<'_> {
    /// What a name certainly means as a callee.
    pub(crate) fn callee(&mut self, sym: Sym) -> Option<Callee> {
        if !self.lookup(sym).is_empty() {
            return None;
        }
        if let Some(&func) = self.cx.stable.get(&sym) {
            return Some(Callee::Known(func));
        }
        if self.may_be_global(sym) {
            return None;
        }
        match self.builtin(sym)? {
            Builtin::Native(effect) => Some(Callee::Native(sym, effect)),
            Builtin::Host => Some(Callee::Host(sym)),
            Builtin::Snippet(i) => Some(Callee::Snippet(i)),
            Builtin::Constant(_) => None,
        }
    }

    /// Arguments that the callee may keep. The variable `moving` is about to be overwritten by the
    /// result, so its value may be handed over.
    fn args(&mut self, args: &[Item], moving: Option<Sym>) -> Vec<Arg> {
        let mut moving = moving;
        args.iter()
            .map(|arg| {
                let expr = match &arg.expr.kind {
                    ExprKind::Name(sym) if moving == Some(*sym) && !arg.spread => {
                        moving = None;
                        self.expr(&arg.expr)
                    }
                    _ => self.retained(&arg.expr),
                };
                Arg { expr, spread: arg.spread }
            })
            .collect()
    }

    pub(crate) fn call(&mut self, callee: &Expr, args: &[Item], moving: Option<Sym>, span: Span) -> Ir {
        if let ExprKind::Name(sym) = callee.kind
            && let Some(known) = self.callee(sym)
        {
            let args = match known {
                Callee::Native(_, Effect::Reads) => {
                    args.iter().map(|a| Arg { expr: self.expr(&a.expr), spread: a.spread }).collect()
                }
                _ => self.args(args, moving),
            };
            return self.call_known(known, args, span);
        }
        let callee = self.expr(callee);
        let args = self.args(args, moving);
        any_typed(Kind::CallValue(Box::new(callee), args), span)
    }

    /// A call of a known callee with lowered arguments.
    fn call_known(&mut self, callee: Callee, args: Vec<Arg>, span: Span) -> Ir {
        let spread = args.iter().any(|a| a.spread);
        match callee {
            Callee::Known(func) => {
                if !spread && self.arity(func) == Some(args.len()) {
                    return any_typed(Kind::Call(func, args.into_iter().map(|a| a.expr).collect()), span);
                }
                let value = build::expr(Kind::Func(func), Type::Func, span);
                any_typed(Kind::CallValue(Box::new(value), args), span)
            }
            Callee::Native(sym, effect) => {
                let name = self.text(sym);
                let native = self.native(&name, Type::Any, effect.effects());
                any_typed(Kind::CallNative(native, args), span)
            }
            Callee::Host(sym) => any_typed(Kind::CallNative(self.host_native(sym), args), span),
            Callee::Snippet(index) => self.call_snippet(index, args, spread, span),
        }
    }

    fn call_snippet(&mut self, index: usize, args: Vec<Arg>, spread: bool, span: Span) -> Ir {
        let Some(snippet) = SNIPPETS.get(index) else { return build::nil(span) };
        let func = self.snippet(index);
        if spread {
            let value = build::expr(Kind::Func(func), Type::Func, span);
            return any_typed(Kind::CallValue(Box::new(value), args), span);
        }
        let count = args.len();
        let mut args: Vec<Ir> = args.into_iter().map(|a| a.expr).collect();
        if count < snippet.min || count > snippet.max {
            let message = if count < snippet.min {
                snippet.too_few.into()
            } else {
                format!("{} expects {} arguments, got {count}", snippet.name, snippet.max)
            };
            args.push(raise(message, span));
            return build::block(args, span);
        }
        args.resize_with(snippet.max, || build::nil(span));
        any_typed(Kind::Call(func, args), span)
    }

    // ---- methods

    pub(crate) fn method(&mut self, receiver: &Expr, name: Sym, args: &[Item], span: Span) -> Ir {
        let text = self.text(name);
        let receiver = self.retained(receiver);
        let args = self.args(args, None);
        let count = args.len();
        if args.iter().any(|a| a.spread) || receiver.ty == Type::Str {
            return any_typed(Kind::Send(Box::new(receiver), text, args), span);
        }
        let lazy = match (text.as_str(), count) {
            ("map", 1) => Some("$iter_map"),
            ("filter", 1) => Some("$iter_filter"),
            ("take", 1) => Some("$iter_take"),
            ("collect", 0) => Some("$iter_collect"),
            ("next", 0) => Some("$iter_next"),
            _ => None,
        };
        let eager = matches!((text.as_str(), count), ("skip" | "zip" | "chunk", 1) | ("enumerate" | "flatten", 0));
        if lazy.is_none() && !eager {
            return any_typed(Kind::Send(Box::new(receiver), text, args), span);
        }
        // Arrays and iterators have these methods; anything else is an ordinary send.
        let mut parts = Vec::new();
        let (keep, receiver) = self.keep(receiver, span);
        parts.push(keep);
        let mut values = vec![receiver.clone()];
        for arg in args {
            let (keep, value) = self.keep(arg.expr, span);
            parts.push(keep);
            values.push(value);
        }
        let rest = values.iter().skip(1).map(|expr| Arg { expr: expr.clone(), spread: false }).collect();
        let send = any_typed(Kind::Send(Box::new(receiver.clone()), text.clone(), rest), span);
        let special = match lazy {
            Some(snippet) => {
                let func = self.snippet_named(snippet);
                let test = self.internal(internal::IS_SEQUENCE, Type::Bool, vec![receiver], span);
                build::if_(test, any_typed(Kind::Call(func, values), span), send, span)
            }
            None => {
                let native = self.native(&text, Type::Any, Effect::Retains.effects());
                let test = build::expr(Kind::IsType(Box::new(receiver), Type::List), Type::Bool, span);
                let args = values.into_iter().map(|expr| Arg { expr, spread: false }).collect();
                build::if_(test, any_typed(Kind::CallNative(native, args), span), send, span)
            }
        };
        parts.push(special);
        build::block(parts, span)
    }

    // ---- pipes

    /// `x |> f` is `f(x)`; `x |> f(a)` is `f(x, a)`; `x |> o.m` calls what `o.m` holds.
    pub(super) fn pipe(&mut self, value: &Expr, target: &Expr, span: Span) -> Ir {
        let value = self.retained(value);
        let (callee, rest): (&Expr, &[Item]) = match &target.kind {
            ExprKind::Call(callee, args) => (callee, args),
            _ => (target, &[]),
        };
        if let ExprKind::Name(sym) = callee.kind
            && let Some(known) = self.callee(sym)
        {
            let mut args = vec![Arg { expr: value, spread: false }];
            args.extend(self.args(rest, None));
            return self.call_known(known, args, span);
        }
        let (keep, value) = self.keep(value, span);
        let (callee, rest) = match &target.kind {
            ExprKind::Method(base, name, args) => {
                let base = self.expr(base);
                (any_typed(Kind::Field(Box::new(base), self.text(*name)), span), args.as_slice())
            }
            _ => (self.expr(callee), rest),
        };
        let mut args = vec![Arg { expr: value, spread: false }];
        args.extend(self.args(rest, None));
        build::block(vec![keep, any_typed(Kind::CallValue(Box::new(callee), args), span)], span)
    }

    // ---- self-updates

    /// The value of `sym := e`. When `e` is a call that may consume `sym`, which is about to be
    /// overwritten, its value is handed over unshared, so that it can be updated in place.
    pub(crate) fn assigned_value(&mut self, sym: Sym, value: &Expr) -> Ir {
        let ExprKind::Call(callee, args) = &value.kind else { return self.retained(value) };
        let moving = match callee.kind {
            ExprKind::Name(name) if self.is_slice_of(sym, name, args) => {
                let moving = self.may_consume(sym, args);
                let args = self.args(args, moving.then_some(sym));
                let native = self.native(internal::SLICE, Type::Any, Effect::Consumes.effects());
                return any_typed(Kind::CallNative(native, args), value.span);
            }
            ExprKind::Name(name) => self.may_move(sym, name, args),
            _ => self.may_move_local(sym),
        };
        self.call(callee, args, moving.then_some(sym), value.span)
    }

    fn may_move(&mut self, sym: Sym, callee: Sym, args: &[Item]) -> bool {
        match self.callee(callee) {
            Some(Callee::Native(_, Effect::Consumes)) => self.may_consume(sym, args),
            Some(Callee::Native(..) | Callee::Host(_)) => false,
            Some(Callee::Known(_) | Callee::Snippet(_)) | None => self.may_move_local(sym),
        }
    }

    /// `sym := slice(sym, from, to)`.
    fn is_slice_of(&mut self, sym: Sym, callee: Sym, args: &[Item]) -> bool {
        self.names.text(callee) == "slice"
            && matches!(self.callee(callee), Some(Callee::Native(..)))
            && args.first().is_some_and(|a| matches!(a.expr.kind, ExprKind::Name(n) if n == sym))
            && args.iter().all(|a| !a.spread)
    }

    /// Whether a native that updates its first argument may have the value of `sym`.
    fn may_consume(&mut self, sym: Sym, args: &[Item]) -> bool {
        let first = args.first().is_some_and(|a| !a.spread && matches!(a.expr.kind, ExprKind::Name(n) if n == sym));
        let local = self.sole_variable(sym).is_some_and(|v| !v.borrowed && matches!(v.place, Place::Local(_)));
        let borrowed = self.lookup(sym).iter().any(|v| v.borrowed);
        first && !borrowed && (local || args.iter().skip(1).all(|a| self.is_inert(&a.expr)))
    }

    /// Whether nobody can see the old value of a local after a call that it was handed to.
    fn may_move_local(&mut self, sym: Sym) -> bool {
        let local = self.sole_variable(sym).is_some_and(|v| {
            !v.borrowed && matches!(v.place, Place::Local(_)) && v.mutability == crate::ast::DeclKind::Mut
        });
        local && self.frame().try_depth == 0
    }

    /// Whether evaluating the expression cannot run code of the program.
    pub(crate) fn is_inert(&mut self, expr: &Expr) -> bool {
        match &expr.kind {
            ExprKind::Null | ExprKind::Bool(_) | ExprKind::Int(_) | ExprKind::Float(_) | ExprKind::Str(_) => true,
            ExprKind::Name(_) | ExprKind::Func(_) => true,
            ExprKind::Interpolation(pieces) => pieces.iter().all(|p| match p {
                Piece::Text(_) => true,
                Piece::Value(value) => self.is_inert(value),
            }),
            ExprKind::Ctor(_, payload) => payload.as_ref().is_none_or(|p| self.is_inert(p)),
            ExprKind::Tag(_, args) => args.iter().all(|a| self.is_inert(&a.expr)),
            ExprKind::Unary(_, operand) => !self.cx.overloads && self.is_inert(operand),
            ExprKind::Binary(op, a, b) => {
                *op != BinOp::Pipe && !self.cx.overloads && self.is_inert(a) && self.is_inert(b)
            }
            ExprKind::Call(callee, args) => match callee.kind {
                ExprKind::Name(sym) => {
                    matches!(self.callee(sym), Some(Callee::Native(..))) && args.iter().all(|a| self.is_inert(&a.expr))
                }
                _ => false,
            },
            ExprKind::Field(base, _) | ExprKind::OptField(base, _) => self.is_inert(base),
            ExprKind::Index(base, index) => self.is_inert(base) && self.is_inert(index),
            ExprKind::Struct(_, fields) => fields.iter().all(|f| self.is_inert(&f.1)),
            ExprKind::Array(items) => items.iter().all(|i| self.is_inert(&i.expr)),
            ExprKind::Dict(entries) => entries.iter().all(|e| match e {
                Entry::Pair(key, value) => self.is_inert(key) && self.is_inert(value),
                Entry::Spread(value) => self.is_inert(value),
            }),
            ExprKind::Method(..) | ExprKind::Throw(_) | ExprKind::Try(_) | ExprKind::Yield(_) | ExprKind::Await(_) => {
                false
            }
        }
    }

    /// The value of `return e`: a local of the frame needs no mark, the frame ends.
    pub(crate) fn returned(&mut self, expr: &Expr) -> Ir {
        if let ExprKind::Name(sym) = expr.kind
            && let Some(var) = self.sole_variable(sym)
            && matches!(var.place, Place::Local(_))
            && !var.borrowed
        {
            return self.expr(expr);
        }
        self.retained(expr)
    }

    /// The source of a loop: marked when the loop could see changes made while it runs.
    pub(crate) fn iterated(&mut self, expr: &Expr, changes: &dyn Fn(Sym) -> bool) -> Ir {
        let safe = match expr.kind {
            ExprKind::Name(sym) => {
                !changes(sym) && self.sole_variable(sym).is_some_and(|v| matches!(v.place, Place::Local(_)))
            }
            _ => !is_alias(expr),
        };
        let value = self.expr(expr);
        if safe { value } else { share(value) }
    }
}
