//! Arrays, objects, structs and functions as expressions.

use alloc::{boxed::Box, format, string::String, vec::Vec};

use motet_ir::{self as ir, build};
use motet_source::{Code, Span};

use super::{Lowerer, R, V, diverge};
use crate::{
    ast::{Expr, ExprKind, Ident, Key, Lambda, StructLit},
    types::{Kind, Ty},
};

impl Lowerer<'_> {
    /// An expression where a value of type `want` is expected: gives empty literals their type.
    /// Without the extensions only an annotated `let` does so; see [`Lowerer::annotated`].
    pub(super) fn expr_for(&mut self, e: &Expr, want: Option<Ty>) -> R<V> {
        if self.core { self.expr(e) } else { self.annotated(e, want) }
    }

    /// The initialiser of a `let` with an annotation.
    pub(super) fn annotated(&mut self, e: &Expr, want: Option<Ty>) -> R<V> {
        let inner = want.map(|w| match self.types.kind(w) {
            Kind::Optional(inner) => *inner,
            _ => w,
        });
        let kind = inner.map(|t| self.types.kind(t));
        match (&e.kind, kind, inner) {
            (ExprKind::Array(items), Some(Kind::Array(_)), Some(t)) if items.is_empty() => {
                Ok(V { e: build::expr(ir::ExprKind::List(Vec::new()), ir::Type::List, e.span), t })
            }
            (ExprKind::Object(items), Some(Kind::Object(_)), Some(t)) if items.is_empty() => {
                Ok(V { e: build::expr(ir::ExprKind::Map(Vec::new()), ir::Type::Map, e.span), t })
            }
            _ => self.expr(e),
        }
    }

    pub(super) fn array(&mut self, items: &[Expr], span: Span) -> R<V> {
        if items.is_empty() {
            let message = "cannot infer type of empty array; add an annotation";
            return self.fail(Code::CannotInfer, span, message);
        }
        let (parts, element, done) = self.elements(items.iter(), span, "array elements")?;
        if !done {
            return Ok(diverge(parts, span));
        }
        let t = self.types.array(element);
        let parts = parts.into_iter().map(ir::Elem::One).collect();
        Ok(V { e: build::expr(ir::ExprKind::List(parts), ir::Type::List, span), t })
    }

    pub(super) fn object(&mut self, entries: &[(Key, Span, Expr)], span: Span) -> R<V> {
        if entries.is_empty() {
            let message = "cannot infer type of empty object; add an annotation";
            return self.fail(Code::CannotInfer, span, message);
        }
        let (parts, value, done) = self.elements(entries.iter().map(|e| &e.2), span, "object values")?;
        if !done {
            return Ok(diverge(parts, span));
        }
        let t = self.types.object(value);
        let parts = entries.iter().zip(parts).map(|((key, key_span, _), part)| {
            let text = match *key {
                Key::Ident(name) => self.names.text(name),
                Key::Str(i) => self.strings.get(i as usize).map_or("", |s| s),
            };
            ir::Entry::One(build::str(text, *key_span), part)
        });
        let map = ir::ExprKind::Map(parts.collect());
        Ok(V { e: build::expr(map, ir::Type::Map, span), t })
    }

    /// Values of one common type; `false` if one of them never finishes (it is the last part then).
    fn elements<'e>(
        &mut self,
        items: impl Iterator<Item = &'e Expr>,
        span: Span,
        what: &str,
    ) -> R<(Vec<ir::Expr>, Ty, bool)> {
        let mut parts = Vec::new();
        let mut common = Ty::NEVER;
        for item in items {
            let v = self.expr(item)?;
            if v.t == Ty::NEVER {
                parts.push(v.e);
                return Ok((parts, common, false));
            }
            let joined = if self.core {
                (common == v.t || common == Ty::NEVER).then_some(v.t)
            } else {
                self.types.join(common, v.t)
            };
            let Some(joined) = joined else {
                let (a, b) = (self.show(common), self.show(v.t));
                let message = format!("{what} must have the same type: got {a} and {b}");
                return self.fail(Code::TypeMismatch, span, message);
            };
            common = joined;
            let e = self.materialize(v);
            parts.push(e);
        }
        Ok((parts, common, true))
    }

    pub(super) fn struct_literal(&mut self, lit: &StructLit, span: Span) -> R<V> {
        let found = match lit.module {
            Some(module) => self.module_struct(module, lit.name)?,
            None => self.declared_type(lit.name.name),
        };
        let number = found.and_then(|t| match self.types.kind(t) {
            Kind::Struct(i, _) => Some((t, *i as usize)),
            _ => None,
        });
        let Some((t, number)) = number else {
            let text = self.names.text(lit.name.name);
            return self.fail(Code::UnknownType, lit.name.span, format!("unknown type: {text}"));
        };
        let (class, declared) = match self.structs.get(number) {
            Some(s) => (s.class, s.fields.clone()),
            None => (ir::ClassIdx(0), Vec::new()),
        };
        self.check_field_names(lit, &declared, span)?;
        let mut parts = Vec::new();
        for (field, value) in &lit.fields {
            let want = declared.iter().find(|(n, _)| *n == field.name).map_or(Ty::NEVER, |f| f.1);
            let v = self.expr_for(value, Some(want))?;
            if v.t == Ty::NEVER {
                let mut done: Vec<ir::Expr> = parts.into_iter().map(|(_, e)| e).collect();
                done.push(v.e);
                return Ok(diverge(done, span));
            }
            if !self.types.compatible(want, v.t) {
                return self.mismatch(value.span, want, v.t);
            }
            let e = self.store(v, want);
            parts.push((String::from(self.names.text(field.name)), e));
        }
        Ok(V { e: build::record(class, parts, span), t })
    }

    fn check_field_names(&self, lit: &StructLit, declared: &[(crate::names::Name, Ty)], span: Span) -> R<()> {
        let mut seen: alloc::collections::BTreeSet<crate::names::Name> = alloc::collections::BTreeSet::new();
        let known: alloc::collections::BTreeSet<crate::names::Name> = declared.iter().map(|d| d.0).collect();
        for (field, _) in &lit.fields {
            let text = self.names.text(field.name);
            if !known.contains(&field.name) {
                return self.fail(Code::UnknownMember, span, format!("unknown field: {text}"));
            }
            if !seen.insert(field.name) {
                return self.fail(Code::DuplicateName, span, format!("duplicate field: {text}"));
            }
        }
        if let Some((missing, _)) = declared.iter().find(|d| !seen.contains(&d.0)) {
            let text = self.names.text(*missing);
            return self.fail(Code::UnknownMember, span, format!("missing field: {text}"));
        }
        Ok(())
    }

    /// `base.field` of a struct: base, class, number and type of the field.
    pub(super) fn field_of(&mut self, base: Ty, field: Ident, span: Span) -> R<(ir::ClassIdx, u32, Ty)> {
        if let Kind::Struct(i, _) = self.types.kind(base)
            && let Some(s) = self.structs.get(*i as usize)
            && let Some(at) = s.fields.iter().position(|f| f.0 == field.name)
            && let Some(&(_, t)) = s.fields.get(at)
        {
            return Ok((s.class, at as u32, t));
        }
        let (text, t) = (self.names.text(field.name), self.show(base));
        self.fail(Code::UnknownMember, span, format!("no field {text} on {t}"))
    }

    /// Reads a field of a value that was checked with [`Lowerer::field_of`].
    pub(super) fn read_field(&self, base: ir::Expr, field: Ident, at: (ir::ClassIdx, u32, Ty), span: Span) -> V {
        let (class, slot, t) = at;
        let kind = if self.dynamic {
            ir::ExprKind::Field(Box::new(base), String::from(self.names.text(field.name)))
        } else {
            ir::ExprKind::Slot(Box::new(base), class, slot)
        };
        V { e: build::expr(kind, self.ir_stored(t), span), t }
    }

    pub(super) fn lambda(&mut self, lambda: &Lambda) -> R<V> {
        let number = self.lambdas;
        self.lambdas += 1;
        let mut params = Vec::with_capacity(lambda.params.len());
        for p in &lambda.params {
            params.push(self.ty(&p.ty)?);
        }
        let result = self.ty(&lambda.result)?;
        let func = self.reserve_function();
        let captured = self.function_body(lambda, &params, result, func, format!("<lambda#{number}>"))?;
        let values = self.capture_values(&captured, lambda.span);
        let t = self.types.intern(Kind::Func(params, result));
        let kind = ir::ExprKind::Closure(func, values);
        Ok(V { e: build::expr(kind, ir::Type::Func, lambda.span), t })
    }

    /// Checks and lowers a function; hands back the variables that it captures.
    pub(super) fn function_body(
        &mut self,
        lambda: &Lambda,
        params: &[Ty],
        result: Ty,
        func: ir::FuncIdx,
        name: String,
    ) -> R<Vec<super::Binding>> {
        self.open_function(Some(result));
        self.open_scope();
        for (p, &t) in lambda.params.iter().zip(params) {
            // Not `declare`: a repeated name must not share the slot of its predecessor.
            let ty = self.ir_stored(t);
            let local = self.new_local(self.names.text(p.name.name), ty);
            let (level, scope) = (self.level(), self.scopes.last().map_or(0, |s| s.0));
            self.bind(p.name.name, super::Binding { name: p.name.name, level, scope, local, ty: t, id: 0 });
        }
        let body = self.block(&lambda.body)?;
        if !self.types.compatible(result, body.t) {
            return self.mismatch(lambda.span, result, body.t);
        }
        let body = self.store(body, result);
        self.close_scope();
        Ok(self.close_function(func, name, lambda.span, params.len() as u32, body))
    }

    #[cold]
    pub(super) fn mismatch<T>(&self, span: Span, want: Ty, got: Ty) -> R<T> {
        let message = format!("type mismatch: expected {}, got {}", self.show(want), self.show(got));
        self.fail(Code::TypeMismatch, span, message)
    }
}
