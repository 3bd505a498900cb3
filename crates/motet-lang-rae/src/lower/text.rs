//! Text of values: by static type, as the language shows them in `log` and in interpolations.

use alloc::{boxed::Box, format, vec, vec::Vec};

use motet_ir::{self as ir, Family, build};
use motet_source::{Code, Span};

use super::{
    Generated, Lowerer, Role, V,
    types::{is_closed, is_object},
};
use crate::{
    ast::{Expr, ExprKind, Mode},
    types::{Ty, Width},
};

/// Shown as the character of that code.
const UINT32: Width = Width { bits: 32, signed: false };
/// Shown as a truth value.
const INT8: Width = Width { bits: 8, signed: true };

impl<'a> Lowerer<'a> {
    /// Complains about values without text.
    pub(super) fn has_text(&mut self, e: &Expr, ty: &Ty) {
        if *ty == Ty::Void {
            self.note(Code::TypeMismatch, e.span, "this call returns nothing that could be shown");
        }
    }

    /// A value that the language shows, when it joins texts, as `"{v}"` does.
    pub(super) fn text_part(&mut self, v: V) -> ir::Expr {
        let v = self.deref(v);
        let span = v.e.span;
        let Ty::Opt(t) = &v.ty else {
            let ty = v.ty.clone();
            return self.present_text(v, &ty);
        };
        let t = (**t).clone();
        if matches!(t, Ty::Float | Ty::Float64 | Ty::Bool | Ty::Str | Ty::Any | Ty::None) || t == Ty::INT || t.is_open()
        {
            return v.e;
        }
        let (set, kept) = self.keep(v.e);
        let test = self.is_nil(self.read(kept, span));
        let repr = self.repr(&t);
        let payload = V::new(t.clone(), build::cast(repr, self.read(kept, span)));
        let text = self.present_text(payload, &t);
        build::block(vec![set, build::if_(test, build::str("none", span), text, span)], span)
    }

    fn present_text(&mut self, v: V, ty: &Ty) -> ir::Expr {
        let span = v.e.span;
        // A mixed expression such as `n * 1.5` is a number of another kind than its type says.
        if v.e.ty == ir::Type::Float {
            return v.e;
        }
        match ty {
            Ty::Int(w) if *w == INT8 => {
                let test = build::binary(Family::Int, ir::BinOp::Ne, v.e, build::int(0, span), span);
                build::if_(test, build::str("true", span), build::str("false", span), span)
            }
            Ty::Int(w) if *w == UINT32 => self.call_native("rae.char_text", ir::Type::Str, vec![v.e], span),
            Ty::Int(w) if *w == super::convert::UINT64 => {
                self.call_native("rae.uint64_text", ir::Type::Str, vec![v.e], span)
            }
            Ty::Char => self.call_native("rae.char_text", ir::Type::Str, vec![v.e], span),
            Ty::Enum(n) => {
                let members = self.decls.enums.get(*n).map(|e| e.members.clone()).unwrap_or_default();
                let names: Vec<&str> = members.iter().map(|m| self.names.text(*m)).collect();
                let names = build::str(names.join("\n"), span);
                self.call_native("rae.enum_text", ir::Type::Str, vec![v.e, names], span)
            }
            Ty::Struct(..) if is_closed(ty) => {
                let f = self.generated(Generated::Text(ty.clone()));
                let repr = self.repr(ty);
                build::call(f, vec![build::cast(repr, v.e)], ir::Type::Str, span)
            }
            Ty::Array(..) | Ty::Buffer(_) => {
                let name = if matches!(ty, Ty::Array(..)) { "<Array>" } else { "<Buffer>" };
                build::block(vec![v.e, build::str(name, span)], span)
            }
            Ty::Task(_) => build::block(vec![v.e, build::str("<Task>", span)], span),
            _ => v.e,
        }
    }

    /// As a string.
    pub(super) fn text_of(&mut self, v: V) -> ir::Expr {
        let span = v.e.span;
        let part = self.text_part(v);
        if part.ty == ir::Type::Str {
            return part;
        }
        build::expr(ir::ExprKind::Concat(vec![part]), ir::Type::Str, span)
    }

    /// `log` and `logS`; only the first shows that a name is a reference.
    pub(super) fn log(&mut self, v: V, e: Option<&Expr>, line: bool, span: Span) -> V {
        if let Some(e) = e {
            self.has_text(e, &v.ty);
        }
        let prefix = e.filter(|_| line).and_then(|e| self.reference_prefix(e));
        let value = self.logged(v);
        let value = match prefix {
            Some(prefix) => {
                let parts = vec![build::str(prefix, span), value];
                build::expr(ir::ExprKind::Concat(parts), ir::Type::Str, span)
            }
            None => value,
        };
        let name = if line { "rae.log" } else { "rae.log_s" };
        V::new(Ty::Void, self.call_native(name, ir::Type::Nil, vec![value], span))
    }

    /// Enums are numbers to `log`.
    fn logged(&mut self, v: V) -> ir::Expr {
        let v = self.deref(v);
        match v.ty.unwrap_opt() {
            Ty::Enum(_) => v.e,
            _ => self.text_part(v),
        }
    }

    /// What `log` writes in front of a name that is a reference to a scalar or string.
    fn reference_prefix(&self, e: &Expr) -> Option<&'static str> {
        let ExprKind::Ident(name) = e.ungroup().kind else { return None };
        let v = self.variable(name)?;
        let plain = v.ty.referent();
        if matches!(plain, Ty::Opt(_) | Ty::Any) || is_object(plain) || plain.is_open() {
            return None;
        }
        match v.role {
            Role::Alias(true) | Role::Param(Some(Mode::Mod)) => Some("mod "),
            Role::Alias(false) => Some("view "),
            Role::Param(Some(Mode::View)) if *plain == Ty::Str => Some("view "),
            _ => None,
        }
    }

    // ---- generated functions

    /// The text of a struct or list.
    pub(super) fn text_body(&mut self, ty: &Ty, quoted: bool) -> ir::Expr {
        let span = Span::default();
        let this = ir::LocalIdx(0);
        if let Some(element) = self.list_element(ty) {
            return self.list_text(&element, span);
        }
        let value = self.read(this, span);
        if !matches!(ty, Ty::Struct(..)) {
            return self.quoted_text(V::new(ty.clone(), value), quoted);
        }
        let class = self.class(ty);
        let mut parts = vec![build::str("{ ", span)];
        for (i, (_, field, _)) in self.fields_of(ty).into_iter().enumerate() {
            if i > 0 {
                parts.push(build::str(", ", span));
            }
            let repr = self.repr(&field);
            let slot = ir::ExprKind::Slot(Box::new(self.read(this, span)), class, i as u32);
            let v = V::new(field, build::expr(slot, repr, span));
            parts.push(self.field_text(v));
        }
        parts.push(build::str(" }", span));
        build::expr(ir::ExprKind::Concat(parts), ir::Type::Str, span)
    }

    /// Inside a struct: enums are numbers, containers are named only.
    fn field_text(&mut self, v: V) -> ir::Expr {
        let span = v.e.span;
        match v.ty.unwrap_opt() {
            Ty::Enum(_) => v.e,
            Ty::Struct(n, _) => {
                let info = self.decls.types.get(*n);
                let name = info.map_or("", |t| self.names.text(t.name));
                let container = matches!(name, "List" | "StringMap" | "IntMap");
                if container && info.is_some_and(|t| self.is_library(t.origin)) {
                    let text = build::str(format!("<{name}>"), span);
                    return match v.ty {
                        Ty::Opt(_) => build::if_(self.is_nil(v.e), build::str("none", span), text, span),
                        _ => text,
                    };
                }
                self.text_part(v)
            }
            _ => self.text_part(v),
        }
    }

    /// `{ #(e0, e1, none), length, cap }`.
    fn list_text(&mut self, element: &Ty, span: Span) -> ir::Expr {
        let this = self.read(ir::LocalIdx(0), span);
        let texts = self.local("$texts", ir::Type::List);
        let at = self.local("$i", ir::Type::Int);
        let length = self.call_native("rae.length", ir::Type::Int, vec![this.clone()], span);
        let mut parts =
            vec![build::set_local(texts, build::expr(ir::ExprKind::List(vec![]), ir::Type::List, span), span)];
        let item = ir::ExprKind::Index(Box::new(this.clone()), Box::new(self.read(at, span)));
        let item = build::expr(item, ir::Type::Any, span);
        let text = self.element_text(item, element, span);
        let list = self.read(texts, span);
        let push = self.call_native("rae.add", ir::Type::Nil, vec![list.clone(), text], span);
        let kind = ir::ExprKind::ForRange {
            label: self.label(),
            var: at,
            from: Box::new(build::int(0, span)),
            to: Box::new(length.clone()),
            inclusive: false,
            body: Box::new(push),
        };
        parts.push(build::expr(kind, ir::Type::Nil, span));
        let cap = self.call_native("rae.cap", ir::Type::Int, vec![this], span);
        parts.push(self.call_native("rae.list_text", ir::Type::Str, vec![list, length, cap], span));
        build::block(parts, span)
    }

    fn element_text(&mut self, item: ir::Expr, element: &Ty, span: Span) -> ir::Expr {
        if is_closed(element) && needs_function(element) {
            let repr = self.repr(element);
            let f = self.generated(Generated::Quoted(element.clone()));
            return build::call(f, vec![build::cast(repr, item)], ir::Type::Str, span);
        }
        let repr = self.repr(element);
        self.quoted_text(V::new(element.clone(), build::cast(repr, item)), true)
    }

    fn quoted_text(&mut self, v: V, quoted: bool) -> ir::Expr {
        let span = v.e.span;
        // As in `log`, enums are numbers.
        let quoted = quoted && *v.ty.unwrap_opt() == Ty::Str;
        if matches!(v.ty.unwrap_opt(), Ty::Enum(_)) {
            return build::expr(ir::ExprKind::Concat(vec![v.e]), ir::Type::Str, span);
        }
        if !quoted {
            return self.text_of(v);
        }
        let optional = matches!(v.ty, Ty::Opt(_));
        let (set, kept) = self.keep(v.e);
        let value = self.read(kept, span);
        let parts = vec![build::str("\"", span), value.clone(), build::str("\"", span)];
        let text = build::expr(ir::ExprKind::Concat(parts), ir::Type::Str, span);
        let text = if optional { build::if_(self.is_nil(value), build::str("none", span), text, span) } else { text };
        build::block(vec![set, text], span)
    }
}

/// Whether the text of an element is made by a function of its own.
fn needs_function(ty: &Ty) -> bool {
    matches!(ty.unwrap_opt(), Ty::Struct(..)) && !matches!(ty, Ty::Opt(_))
}
