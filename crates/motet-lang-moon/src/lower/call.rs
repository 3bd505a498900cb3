//! Calls: values, named functions, generic functions, builtins.

use alloc::{boxed::Box, format, string::String, vec, vec::Vec};

use motet_ir::{self as ir, Family, build};
use motet_source::{Code, Span};

use super::{
    Item, Lowerer, R, V, diverge,
    names::{Meaning, Member},
};
use crate::{
    ast::{Expr, ExprKind},
    names::Name,
    prelude::{Builtin, Rule},
    types::{Kind, Ty},
};

/// Name of the type parameter that signatures of builtins use; never a program's own.
const BUILTIN_PARAM: u32 = u32::MAX;

impl<'a> Lowerer<'a> {
    pub(super) fn call(&mut self, callee: &Expr, args: &[Expr], span: Span) -> R<V> {
        let target = callee.ungroup();
        match &target.kind {
            ExprKind::Ident(name) => match self.meaning(*name) {
                Meaning::Item(item) => return self.call_item(*name, &item, self.unit, target.span, args, span),
                Meaning::Builtin(builtin) => return self.call_builtin(builtin, args, span),
                Meaning::Var(_) | Meaning::Nil | Meaning::Unknown => {}
            },
            ExprKind::Field(base, field) => {
                if let Some((unit, module)) = self.module_name(base)
                    && let Member::Item(item) = self.member(unit, module, *field, target.span)?
                {
                    return self.call_item(field.name, &item, unit, target.span, args, span);
                }
            }
            _ => {}
        }
        let callee = self.expr(callee)?;
        self.call_value(callee, args, span)
    }

    fn call_value(&mut self, callee: V, args: &[Expr], span: Span) -> R<V> {
        if callee.t == Ty::NEVER {
            return Ok(callee);
        }
        let Kind::Func(params, result) = self.types.kind(callee.t).clone() else {
            let message = format!("cannot call non-function value: {}", self.show(callee.t));
            return self.fail(Code::TypeMismatch, span, message);
        };
        self.check_count(params.len(), args.len(), span)?;
        let (mut values, done) = self.arguments(&params, args)?;
        if !done {
            values.insert(0, callee.e);
            return Ok(diverge(values, span));
        }
        let args = values.into_iter().map(|expr| ir::Arg { expr, spread: false }).collect();
        let call = build::expr(ir::ExprKind::CallValue(Box::new(callee.e), args), ir::Type::Any, span);
        if result == Ty::NEVER {
            return Ok(self.unreachable_after(call, span));
        }
        Ok(V { e: build::cast(self.ir_stored(result), call), t: result })
    }

    /// A call that does not come back, made visible as such.
    fn unreachable_after(&self, call: ir::Expr, span: Span) -> V {
        let stop = ir::ExprKind::RaiseError(String::from("unreachable"));
        diverge(vec![call, build::expr(stop, ir::Type::Never, span)], span)
    }

    fn check_count(&self, want: usize, got: usize, span: Span) -> R<()> {
        if want == got {
            return Ok(());
        }
        self.fail(Code::WrongArity, span, format!("wrong number of arguments: expected {want}, got {got}"))
    }

    /// Arguments of known types; `false` if one never finishes (it is the last then).
    fn arguments(&mut self, params: &[Ty], args: &[Expr]) -> R<(Vec<ir::Expr>, bool)> {
        let mut values = Vec::with_capacity(args.len());
        for (arg, &want) in args.iter().zip(params) {
            let v = self.expr_for(arg, Some(want))?;
            if v.t == Ty::NEVER {
                values.push(v.e);
                return Ok((values, false));
            }
            if !self.types.compatible(want, v.t) {
                return self.bad_argument(arg.span, &self.show(want), v.t);
            }
            values.push(self.store(v, want));
        }
        Ok((values, true))
    }

    fn bad_argument<T>(&self, span: Span, want: &str, got: Ty) -> R<T> {
        let message = format!("argument type mismatch: expected {want}, got {}", self.show(got));
        self.fail(Code::TypeMismatch, span, message)
    }

    fn call_item(&mut self, name: Name, item: &Item, unit: usize, at: Span, args: &[Expr], span: Span) -> R<V> {
        self.check_count(item.params.len(), args.len(), span)?;
        let (mut values, result, done) = if item.type_params.is_empty() {
            let (values, done) = self.arguments(&item.params, args)?;
            (values, item.result, done)
        } else {
            self.infer(&item.type_params, &item.params, item.result, args, span)?
        };
        let callee = item.replaced.then(|| self.item_value(name, item, unit, at).e);
        if !done {
            values.splice(0..0, callee);
            return Ok(diverge(values, span));
        }
        let e = match callee {
            Some(callee) => {
                let args = values.into_iter().map(|expr| ir::Arg { expr, spread: false }).collect();
                build::expr(ir::ExprKind::CallValue(Box::new(callee), args), ir::Type::Any, span)
            }
            None => build::call(item.func, values, self.ir_stored(item.result), span),
        };
        Ok(V { e: build::cast(self.ir_stored(result), e), t: result })
    }

    /// Arguments of a generic function: values, result type, whether all of them finish.
    fn infer(
        &mut self,
        type_params: &[Ty],
        params: &[Ty],
        result: Ty,
        args: &[Expr],
        span: Span,
    ) -> R<(Vec<ir::Expr>, Ty, bool)> {
        let mut bound: Vec<Option<Ty>> = vec![None; type_params.len()];
        let mut values = Vec::with_capacity(args.len());
        for (arg, &param) in args.iter().zip(params) {
            let want = self.substitute(param, type_params, &bound);
            let known = (!self.has_unbound(param, type_params, &bound)).then_some(want);
            let v = self.expr_for(arg, known)?;
            if v.t == Ty::NEVER {
                values.push(v.e);
                return Ok((values, Ty::NEVER, false));
            }
            if !self.matches(param, v.t, type_params, &mut bound, false) {
                let want = self.substitute(param, type_params, &bound);
                return self.bad_argument(arg.span, &self.show(want), v.t);
            }
            values.push(self.store(v, param));
        }
        for (i, &p) in type_params.iter().enumerate() {
            if bound.get(i).copied().flatten().is_none() && self.occurs(p, result) {
                let message = format!("cannot infer type parameter {}", self.show(p));
                return self.fail(Code::CannotInfer, span, message);
            }
        }
        Ok((values, self.substitute(result, type_params, &bound), true))
    }

    /// Matches a parameter type against an argument's type, binding type parameters.
    fn matches(&mut self, want: Ty, got: Ty, own: &[Ty], bound: &mut [Option<Ty>], exact: bool) -> bool {
        if let Some(i) = own.iter().position(|&p| p == want) {
            return match bound.get(i).copied().flatten() {
                Some(known) if exact => known == got,
                Some(known) => self.types.compatible(known, got),
                None if got == Ty::NIL => false,
                None => {
                    if let Some(slot) = bound.get_mut(i) {
                        *slot = Some(got);
                    }
                    true
                }
            };
        }
        match (self.types.kind(want).clone(), self.types.kind(got).clone()) {
            (Kind::Array(p), Kind::Array(a)) | (Kind::Object(p), Kind::Object(a)) => {
                self.matches(p, a, own, bound, true)
            }
            (Kind::Func(ps, r), Kind::Func(qs, s)) if ps.len() == qs.len() => {
                ps.iter().zip(&qs).all(|(&p, &q)| self.matches(p, q, own, bound, true))
                    && self.matches(r, s, own, bound, true)
            }
            (Kind::Optional(p), Kind::Optional(a)) => self.matches(p, a, own, bound, exact),
            (Kind::Optional(_), Kind::Nil) if !exact => true,
            (Kind::Optional(p), _) if !exact => self.matches(p, got, own, bound, false),
            _ if exact => want == got,
            _ => self.types.compatible(want, got),
        }
    }

    /// The type with bound parameters replaced.
    fn substitute(&mut self, ty: Ty, own: &[Ty], bound: &[Option<Ty>]) -> Ty {
        if let Some(i) = own.iter().position(|&p| p == ty) {
            return bound.get(i).copied().flatten().unwrap_or(ty);
        }
        match self.types.kind(ty).clone() {
            Kind::Array(t) => {
                let t = self.substitute(t, own, bound);
                self.types.array(t)
            }
            Kind::Object(t) => {
                let t = self.substitute(t, own, bound);
                self.types.object(t)
            }
            Kind::Optional(t) => {
                let t = self.substitute(t, own, bound);
                self.types.optional(t)
            }
            Kind::Func(params, result) => {
                let params = params.into_iter().map(|p| self.substitute(p, own, bound)).collect();
                let result = self.substitute(result, own, bound);
                self.types.intern(Kind::Func(params, result))
            }
            Kind::Int
            | Kind::Bool
            | Kind::String
            | Kind::Unit
            | Kind::Float
            | Kind::Nil
            | Kind::Never
            | Kind::Anything
            | Kind::Struct(..)
            | Kind::Param(..) => ty,
        }
    }

    /// Whether a type as declared mentions a parameter that is not bound yet. Asked of the declared type, since in a
    /// recursive call the bindings themselves may mention the parameters.
    fn has_unbound(&self, ty: Ty, own: &[Ty], bound: &[Option<Ty>]) -> bool {
        own.iter().zip(bound).any(|(&p, b)| b.is_none() && self.occurs(p, ty))
    }

    /// Whether the parameter occurs in the type. Types grow with the program, so no recursion.
    fn occurs(&self, param: Ty, ty: Ty) -> bool {
        let mut todo = vec![ty];
        while let Some(t) = todo.pop() {
            if t == param {
                return true;
            }
            match self.types.kind(t) {
                Kind::Array(t) | Kind::Object(t) | Kind::Optional(t) => todo.push(*t),
                Kind::Func(params, result) => {
                    todo.extend(params);
                    todo.push(*result);
                }
                _ => {}
            }
        }
        false
    }

    // ---- builtins

    /// Parameter and result types of a builtin.
    pub(super) fn builtin_signature(&mut self, builtin: &Builtin<'_>) -> (Vec<Ty>, Ty) {
        let texts = builtin.params.split(',').filter(|p| !p.is_empty());
        let params = texts.map(|p| self.notation(p)).collect();
        (params, self.notation(builtin.result))
    }

    fn notation(&mut self, text: &str) -> Ty {
        let mut ty = match text.as_bytes().last() {
            Some(b'I') => Ty::INT,
            Some(b'B') => Ty::BOOL,
            Some(b'S') => Ty::STRING,
            Some(b'F') => Ty::FLOAT,
            Some(b'U') => Ty::UNIT,
            Some(b'!') => Ty::NEVER,
            Some(b'T') => self.types.intern(Kind::Param(BUILTIN_PARAM, Name::T)),
            _ => Ty::ANYTHING,
        };
        for b in text.bytes().rev().skip(1) {
            ty = match b {
                b'a' => self.types.array(ty),
                b'o' => self.types.object(ty),
                _ => self.types.optional(ty),
            };
        }
        ty
    }

    pub(super) fn builtin_native(&mut self, builtin: Builtin<'a>, result: Ty) -> ir::NativeIdx {
        let ty = match result {
            Ty::UNIT => ir::Type::Nil,
            Ty::INT => ir::Type::Int,
            Ty::BOOL => ir::Type::Bool,
            Ty::STRING => ir::Type::Str,
            Ty::FLOAT => ir::Type::Float,
            _ => ir::Type::Any,
        };
        self.native(builtin.native, ty, builtin.pure)
    }

    fn call_builtin(&mut self, builtin: Builtin<'a>, args: &[Expr], span: Span) -> R<V> {
        let (params, result) = self.builtin_signature(&builtin);
        self.check_count(params.len(), args.len(), span)?;
        let (values, result, done) = match builtin.rule {
            Rule::Plain => {
                let param = self.notation("T");
                self.infer(&[param], &params, result, args, span)?
            }
            Rule::SortBy => return self.sort_by(args, span),
            Rule::Len | Rule::Copy | Rule::Sort => self.container_argument(&builtin, args, result)?,
            Rule::Num => self.number_arguments(args)?,
        };
        if !done {
            return Ok(diverge(values, span));
        }
        let own = builtin.native.strip_prefix("moon.").unwrap_or("");
        let values = match self.inline(own, values, span) {
            Ok(e) => return Ok(V { e, t: result }),
            Err(values) => values,
        };
        let signature = if builtin.result == "*" { Ty::ANYTHING } else { result };
        let signature = if builtin.result.contains('T') { Ty::ANYTHING } else { signature };
        let native = self.builtin_native(builtin, signature);
        let ty = self.module.natives.get(native.index()).map_or(ir::Type::Any, |n| n.result);
        let args = values.into_iter().map(|expr| ir::Arg { expr, spread: false }).collect();
        let call = build::expr(ir::ExprKind::CallNative(native, args), ty, span);
        Ok(match result {
            Ty::NEVER => self.unreachable_after(call, span),
            Ty::UNIT if ty == ir::Type::Nil => V { e: call, t: Ty::UNIT },
            _ => V { e: build::cast(self.ir_stored(result), call), t: result },
        })
    }

    /// Builtins that are single operations; hands the values back for the others.
    fn inline(&mut self, name: &str, mut values: Vec<ir::Expr>, span: Span) -> Result<ir::Expr, Vec<ir::Expr>> {
        let op = match name {
            "bit_and" => ir::BinOp::BitAnd,
            "bit_or" => ir::BinOp::BitOr,
            "bit_xor" => ir::BinOp::BitXor,
            "shl" => ir::BinOp::Shl,
            "shr" => ir::BinOp::Shr,
            "ushr" => ir::BinOp::Ushr,
            "bit_not" | "float" | "is_nil" => {
                let Some(a) = values.pop() else { return Err(values) };
                return Ok(match name {
                    "is_nil" => build::expr(ir::ExprKind::IsNil(Box::new(a)), ir::Type::Bool, span),
                    "float" => build::unary(Family::Int, ir::UnOp::ToFloat, build::cast(ir::Type::Int, a), span),
                    _ => build::unary(Family::Int, ir::UnOp::BitNot, build::cast(ir::Type::Int, a), span),
                });
            }
            _ => return Err(values),
        };
        match (values.pop(), values.pop()) {
            (Some(b), Some(a)) => {
                let (a, b) = (build::cast(ir::Type::Int, a), build::cast(ir::Type::Int, b));
                Ok(build::binary(Family::Int, op, a, b, span))
            }
            _ => Err(values),
        }
    }

    /// The argument of `len`, `copy` and `sort`.
    fn container_argument(&mut self, builtin: &Builtin<'_>, args: &[Expr], result: Ty) -> R<(Vec<ir::Expr>, Ty, bool)> {
        let [arg] = args else { return Ok((Vec::new(), Ty::NEVER, false)) };
        let v = self.expr(arg)?;
        if v.t == Ty::NEVER {
            return Ok((vec![v.e], Ty::NEVER, false));
        }
        let kind = self.types.kind(v.t).clone();
        let (fits, want) = match builtin.rule {
            Rule::Len => (matches!(kind, Kind::String | Kind::Array(_) | Kind::Object(_)), "String, Array or Object"),
            Rule::Copy => (matches!(kind, Kind::Array(_) | Kind::Object(_)), "Array or Object"),
            Rule::Plain | Rule::Sort | Rule::Num | Rule::SortBy => (
                matches!(kind, Kind::Array(Ty::INT | Ty::FLOAT | Ty::STRING)),
                "Array<Int>, Array<Float> or Array<String>",
            ),
        };
        if !fits {
            return self.bad_argument(arg.span, want, v.t);
        }
        let result = if builtin.rule == Rule::Copy { v.t } else { result };
        Ok((vec![v.e], result, true))
    }

    /// Arguments of `abs`, `min`, `max`.
    fn number_arguments(&mut self, args: &[Expr]) -> R<(Vec<ir::Expr>, Ty, bool)> {
        let mut values = Vec::new();
        let mut first = None;
        for arg in args {
            let v = self.expr(arg)?;
            if v.t == Ty::NEVER {
                values.push(v.e);
                return Ok((values, Ty::NEVER, false));
            }
            match first {
                Some(t) if t != v.t => return self.bad_argument(arg.span, &self.show(t), v.t),
                None if v.t != Ty::INT && v.t != Ty::FLOAT => {
                    return self.bad_argument(arg.span, "Int or Float", v.t);
                }
                _ => first = Some(v.t),
            }
            values.push(v.e);
        }
        Ok((values, first.unwrap_or(Ty::INT), true))
    }

    /// The one builtin that is written in Moon.
    fn sort_by(&mut self, args: &[Expr], span: Span) -> R<V> {
        let name = self.names.find("sort_by").unwrap_or(Name::NIL);
        let unit = self.prelude.unwrap_or(0);
        match self.units.get(unit).and_then(|u| u.items.get(&name)).cloned() {
            Some(item) => self.call_item(name, &item, unit, span, args, span),
            None => self.fail(Code::UnknownName, span, "undefined variable: sort_by"),
        }
    }
}
