//! Calls by name (section 5.2) and built-in functions.

use alloc::{boxed::Box, format, vec, vec::Vec};

use motet_ir::{Arg, Expr as Ir, ExprKind as Kind, FuncIdx, Type, build};
use motet_source::Span;

use super::{
    Effect, Lowerer, any_typed, call_native,
    frame::FrameKind,
    function::arity,
    is_type, is_unset,
    names::{Place, Var},
    raise,
};
use crate::{
    ast::{Call, Expr, ExprKind},
    natives::builtin::BUILTINS,
};

/// The native of a built-in function.
fn builtin(name: &str) -> Option<&'static str> {
    let row = BUILTINS.iter().find(|row| row.0 == name)?;
    Some(row.1.strip_prefix("pohlang.").unwrap_or(row.1))
}

impl<'a> Lowerer<'a> {
    /// `f(a, b)`, `f with a, b`, `alias::f(a)`.
    pub(super) fn call(&mut self, call: &'a Call<'a>, span: Span) -> Ir {
        if let Some(module) = call.module {
            return self.module_call(module.text, call, span);
        }
        let name = call.name.text;
        let host = self.hosts.contains(name);
        let native = if host { None } else { builtin(name) };
        let early = self.frame().kind != FrameKind::Block;
        if early && let Some(native) = native {
            return self.builtin_call(name, native, &call.args, span);
        }
        let vars = self.called(name);
        match vars.as_slice() {
            [Var { place: Place::Func(func, global), sure: true, .. }, ..] => {
                return self.direct_call(*func, *global, &call.args, span);
            }
            [Var { place: Place::Func(func, global), .. }] if native.is_none() && !host => {
                let unset = any_typed(Kind::GlobalOrUnset(self.globals[*global].index), span);
                let missing = build::if_(is_unset(unset, span), not_defined(name, span), build::nil(span), span);
                let called = self.direct_call(*func, *global, &call.args, span);
                return build::block(vec![missing, called], span);
            }
            [] => {
                if let Some(native) = native {
                    return self.builtin_call(name, native, &call.args, span);
                }
                if !host {
                    let mut parts: Vec<Ir> = call.args.iter().map(|a| self.retained(a)).collect();
                    parts.push(not_defined(name, span));
                    return build::block(parts, span);
                }
            }
            _ => {}
        }
        let end = if host {
            let native = self.linked(name.into(), Type::Any, Effect::Retains);
            build::expr(Kind::Native(native), Type::Func, span)
        } else if let Some(native) = native {
            let native = self.native(native, Type::Any, Effect::Reads);
            build::expr(Kind::Native(native), Type::Func, span)
        } else {
            not_defined(name, span)
        };
        let callee = self.callee(&vars, end, span);
        let args = call.args.iter().map(|a| self.retained(a)).collect();
        call_value(callee, args, span)
    }

    /// What a called name may stand for, nearest first. An expression function calls the global of this name as it is
    /// now, if that is a function, and not as it was when the expression function was defined.
    fn called(&mut self, name: &'a str) -> Vec<Var> {
        let mut vars = self.lookup(name, true);
        let [.., outside, frame] = self.frames.as_slice() else { return vars };
        let Some(number) = self.global_named(name).filter(|&n| self.globals[n].func.is_none()) else { return vars };
        if (outside.kind, frame.kind) == (FrameKind::Program, FrameKind::Expression)
            && let Some(global) = self.current_global(number)
        {
            let own = vars.iter().take_while(|v| matches!(v.place, Place::Local(_))).count();
            vars.insert(own, global);
        }
        vars
    }

    /// The first variable that holds a function; `end` if none does.
    fn callee(&mut self, vars: &[Var], end: Ir, span: Span) -> Ir {
        let mut callee = end;
        for &var in vars.iter().rev() {
            let value = self.raw(var, span);
            callee = match value.ty {
                Type::Func => value,
                Type::Any => build::if_(is_type(value.clone(), Type::Func, span), value, callee, span),
                _ => callee,
            };
        }
        callee
    }

    /// Call of the only function that a global can hold.
    pub(super) fn direct_call(&mut self, func: FuncIdx, global: usize, args: &'a [Expr<'a>], span: Span) -> Ir {
        let mut values: Vec<Ir> = args.iter().map(|a| self.retained(a)).collect();
        let Some(definition) = self.globals.get(global).and_then(|g| g.definition) else { return build::nil(span) };
        let (min, max) = arity(definition);
        if !(min..=max).contains(&values.len()) {
            let callee = build::expr(Kind::Func(func), Type::Func, span);
            return call_value(callee, values, span);
        }
        for param in &definition.params[values.len()..] {
            values.push(match param.default.as_ref().map(|d| &d.kind) {
                Some(ExprKind::Number(n)) => build::float(*n, span),
                Some(ExprKind::Text(text)) => build::str(*text, span),
                Some(ExprKind::Bool(b)) => build::bool(*b, span),
                Some(ExprKind::Nothing) => build::nil(span),
                _ => build::unset(span),
            });
        }
        let ty = if values.iter().any(|v| v.ty == Type::Never) { Type::Never } else { Type::Any };
        build::call(func, values, ty, span)
    }

    /// Call of a value that is known to be a function.
    pub(super) fn call_without_arguments(&mut self, callee: Ir, span: Span) -> Ir {
        call_value(callee, Vec::new(), span)
    }

    fn builtin_call(&mut self, name: &str, native: &'static str, args: &'a [Expr<'a>], span: Span) -> Ir {
        if let ("length" | "len", [value]) = (name, args) {
            let value = self.value(value);
            return self.count_of(value, span);
        }
        let result = match (name, args.len()) {
            ("range" | "split", _) => Type::List,
            ("length" | "len" | "sum" | "min" | "max" | "abs" | "round" | "floor" | "ceil", _) => Type::Float,
            ("join" | "uppercase" | "lowercase" | "trim" | "now", _) => Type::Str,
            _ => Type::Any,
        };
        let native = self.native(native, result, Effect::Reads);
        let args = args.iter().map(|a| self.value(a)).collect();
        call_native(native, result, args, span)
    }

    /// `alias::f(a)`.
    fn module_call(&mut self, alias: &'a str, call: &'a Call<'a>, span: Span) -> Ir {
        let name = call.name.text;
        let Some(&(module, space)) = self.modules.get(alias) else {
            return raise(format!("Unknown module alias '{alias}'"), span);
        };
        let Some(number) = space.and_then(|s| self.spaces.get(s)).and_then(|names| names.get(name)).copied() else {
            return raise(format!("Module '{module}' does not export '{name}'"), span);
        };
        let global = &self.globals[number];
        let value = any_typed(Kind::GlobalOrUnset(global.index), span);
        let (func, sure) =
            (global.func, global.sure && self.frames.last().is_some_and(|f| f.kind == FrameKind::Program));
        let not_loaded = raise(format!("Module '{module}' is not loaded"), span);
        if let Some(func) = func {
            let called = self.direct_call(func, number, &call.args, span);
            if sure {
                return called;
            }
            return build::block(
                vec![build::if_(is_unset(value, span), not_loaded, build::nil(span), span), called],
                span,
            );
        }
        let not_callable = raise(format!("'{alias}::{name}' is not callable"), span);
        let other = build::if_(is_unset(value.clone(), span), not_loaded, not_callable, span);
        let callee = build::if_(is_type(value.clone(), Type::Func, span), value, other, span);
        let args = call.args.iter().map(|a| self.retained(a)).collect();
        call_value(callee, args, span)
    }
}

fn not_defined(name: &str, span: Span) -> Ir {
    raise(format!("Error: Function '{name}' is not defined"), span)
}

fn call_value(callee: Ir, args: Vec<Ir>, span: Span) -> Ir {
    let never = callee.ty == Type::Never || args.iter().any(|a| a.ty == Type::Never);
    let args = args.into_iter().map(|expr| Arg { expr, spread: false }).collect();
    build::expr(Kind::CallValue(Box::new(callee), args), if never { Type::Never } else { Type::Any }, span)
}
