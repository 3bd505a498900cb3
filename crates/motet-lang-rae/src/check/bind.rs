//! Bindings, aliases, narrowing, `ret`: who owns a value, and who only refers to it.

use motet_source::{Code, Span};

use super::{Checker, Role};
use crate::{
    ast::{BinOp, Binding, BindingKind, Expr, ExprKind, Mode, TypeDecl, UnOp},
    types::{Ty, accepts},
};

const LITERAL: &str = "cannot bind a reference to a literal: a literal is a fresh value with no storage to view; write \
                       'let name: T = ...' to own it";
const OWNED_CALL: &str = "cannot bind a reference to a call that returns ownership; write 'let name: T = ...' to take \
                          the value, or use a reference-returning accessor (viewAt, modAt, viewGet, modGet)";
const REFERENCE_CALL: &str = "this call returns a reference; copying what it refers to must be spelled out: bind it \
                              first ('let source: view T => ...'), then copy from the named binding";
const PROMOTION: &str = "cannot bind 'mod' to a read-only view: a view cannot be promoted to mutable access";
const NARROW_OWNED: &str = "this call returns an owned optional; a view/mod binding refuses ownership and nothing else \
                            would own the value — take it with 'if let <name>: T = ...' (spec 4.2)";
const NARROW_PLACE: &str = "'if let <name>: T = ...' takes ownership, so it needs a call producing 'opt T'; narrowing a \
                            stored optional copies — bind 'view T =>' and copy inside the branch if a copy is wanted \
                            (spec 4.2)";
const NARROW_REFERENCE: &str = "this call returns an optional REFERENCE; narrow it with 'if let <name>: view T => ...' \
                                (or mod) instead of taking ownership";
const NOT_CONSTANT: &str = "'const' initializer must be evaluable at compile time (only literals, earlier constants, \
                            enum cases, and arithmetic on them are allowed)";

impl Checker<'_> {
    /// Field defaults fit their fields.
    pub(super) fn defaults(&mut self, d: &TypeDecl) {
        self.type_params = d.type_params.iter().map(|p| p.name).collect();
        for f in &d.fields {
            if let Some(value) = &f.default {
                let to = self.resolve_quietly(&f.ty);
                let from = self.expr(value, Some(&to));
                self.fits(value, &from, &to);
            }
        }
        self.type_params.clear();
    }

    /// A type whose problems have been reported when it was declared.
    fn resolve_quietly(&mut self, ty: &crate::ast::TypeRef) -> Ty {
        let before = self.errors.len();
        let resolved = self.resolve(ty);
        self.errors.truncate(before);
        resolved
    }

    pub(super) fn global(&mut self, b: &Binding) {
        let Some(place) = self.decls.global(b.name.name) else { return };
        let declared = self.decls.globals.get(place).map_or(Ty::Unknown, |g| g.ty.clone());
        let Some(value) = &b.value else { return };
        let from = self.expr(value, Some(&declared).filter(|_| b.ty.is_some()));
        if b.ty.is_some() {
            self.fits(value, &from, &declared);
        } else if let Some(g) = self.decls.globals.get_mut(place) {
            g.ty = from.referent().clone();
        }
        if b.kind == BindingKind::Const && !self.is_constant(value) {
            self.note(Code::TypeMismatch, b.span, NOT_CONSTANT);
        }
    }

    pub(super) fn binding(&mut self, b: &Binding) {
        let declared = b.ty.as_ref().map(|t| self.resolve(t));
        let from = b.value.as_ref().map(|e| self.expr(e, declared.as_ref().map(Ty::referent)));
        if let (Some(value), Some(from)) = (&b.value, &from) {
            match &declared {
                Some(ty) if ty.is_reference() => self.alias(value, from, ty, b.span),
                _ if is_call(value) && from.is_reference() => self.note(Code::TypeMismatch, b.span, REFERENCE_CALL),
                Some(ty) => self.fits(value, from, ty),
                None => {}
            }
            if b.kind == BindingKind::Const && !self.is_constant(value) {
                self.note(Code::TypeMismatch, b.span, NOT_CONSTANT);
            }
        }
        let ty = declared.or_else(|| from.map(|f| f.referent().clone())).unwrap_or(Ty::Unknown);
        let role = match (&ty, b.kind) {
            (Ty::Ref(writable, _), _) => Role::Alias(*writable),
            (Ty::Opt(inner), _) if inner.is_reference() => Role::Alias(matches!(**inner, Ty::Ref(true, _))),
            (_, BindingKind::Let) => Role::Let,
            (_, BindingKind::Var) => Role::Var,
            (_, BindingKind::Const) => Role::Const,
        };
        self.declare(b.name.name, b.name.span, ty, role);
    }

    fn alias(&mut self, value: &Expr, from: &Ty, to: &Ty, span: Span) {
        let writable = matches!(to.unwrap_opt(), Ty::Ref(true, _));
        if is_literal(value) {
            self.note(Code::TypeMismatch, span, LITERAL);
        } else if is_call(value) && !from.is_reference() && !from.is_open() {
            self.note(Code::TypeMismatch, span, OWNED_CALL);
        } else if writable
            && (self.read_only_root(value).is_some()
                || (is_call(value) && matches!(from.unwrap_opt(), Ty::Ref(false, _))))
        {
            self.note(Code::TypeMismatch, span, PROMOTION);
        } else {
            self.same(value, from, to);
        }
    }

    /// `if let`.
    pub(super) fn narrowing(&mut self, b: &Binding) {
        let declared = b.ty.as_ref().map(|t| self.resolve(t));
        let Some(value) = &b.value else { return };
        let from = self.expr(value, None);
        let by_reference = declared.as_ref().is_some_and(Ty::is_reference);
        let optional = matches!(from.referent(), Ty::Opt(_)) || from.is_open();
        let message = match (is_call(value), by_reference) {
            (true, _) if !optional => Some("'if let' narrows an optional, but this call does not return 'opt'"),
            (true, true) if !from.is_reference() && !from.is_open() => Some(NARROW_OWNED),
            (true, false) if from.is_reference() => Some(NARROW_REFERENCE),
            (false, false) if declared.is_some() => Some(NARROW_PLACE),
            _ => None,
        };
        let ty = declared.unwrap_or_else(|| from.plain().clone());
        match message {
            Some(message) => self.note(Code::TypeMismatch, b.span, message),
            None => self.same(value, from.plain(), ty.referent()),
        }
        let role = match ty {
            Ty::Ref(writable, _) => Role::Alias(writable),
            _ => Role::Let,
        };
        self.declare(b.name.name, b.name.span, ty, role);
    }

    pub(super) fn ret<'e>(&mut self, values: impl Iterator<Item = &'e Expr>, span: Span) {
        let result = self.result.clone();
        let mut count = 0;
        for value in values {
            count += 1;
            let from = self.expr(value, Some(result.referent()).filter(|_| count == 1));
            let explicit = matches!(value.ungroup().kind, ExprKind::Unary(UnOp::View | UnOp::Mod, _));
            if explicit || (result.is_reference() && from != Ty::None) {
                self.escaping(value, &from);
            }
            if result == Ty::Void {
                let message = "this function has no result; declare one with 'ret'";
                self.note(Code::TypeMismatch, value.span, message);
            } else if count == 1 {
                self.fits(value, &from, &result);
            }
        }
        if count == 0 && result != Ty::Void && !result.is_open() {
            self.note(Code::TypeMismatch, span, "this function has a result; 'ret' needs a value");
        }
    }

    /// A reference that leaves the function.
    fn escaping(&mut self, value: &Expr, from: &Ty) {
        let inner = match &value.ungroup().kind {
            ExprKind::Unary(UnOp::View | UnOp::Mod, inner) => inner.ungroup(),
            _ => value.ungroup(),
        };
        if matches!(inner.kind, ExprKind::Literal(..) | ExprKind::List(_)) {
            return self.note(Code::TypeMismatch, value.span, "cannot take reference to a temporary literal");
        }
        if is_call(inner) {
            let explicit = !core::ptr::eq(inner, value.ungroup());
            let refers = if explicit { from.unwrap_opt().referent().is_reference() } else { from.is_reference() };
            if !refers && !from.is_open() {
                let message = "cannot return a reference to a temporary: this call returns a value, which does not \
                               outlive the function";
                self.note(Code::TypeMismatch, value.span, message);
            }
            return;
        }
        let local = self.root(inner).and_then(|name| self.variable(name)).is_some_and(|v| {
            matches!(v.role, Role::Let | Role::Var | Role::Const | Role::Param(Some(Mode::Own | Mode::Copy)))
        });
        if local {
            self.note(Code::TypeMismatch, value.span, "reference escapes local storage");
        }
    }

    fn is_constant(&self, e: &Expr) -> bool {
        match &e.kind {
            ExprKind::Int(_) | ExprKind::Float(_) | ExprKind::Str(_) | ExprKind::Char(_) | ExprKind::Bool(_) => true,
            ExprKind::Group(a) | ExprKind::Unary(UnOp::Neg | UnOp::BitNot | UnOp::Not, a) => self.is_constant(a),
            ExprKind::Binary(op, a, b) => {
                !matches!(op, BinOp::Is | BinOp::IsNot) && self.is_constant(a) && self.is_constant(b)
            }
            ExprKind::Ident(name) => match self.variable(*name) {
                Some(v) => v.role == Role::Const,
                None => {
                    let global = self.decls.global(*name).and_then(|g| self.decls.globals.get(g));
                    global.is_some_and(|g| g.kind == BindingKind::Const)
                }
            },
            ExprKind::Field(base, _) => {
                let ExprKind::Ident(name) = base.kind else { return false };
                self.variable(name).is_none() && matches!(self.decls.named_type(name), Some(Ty::Enum(_)))
            }
            _ => false,
        }
    }

    /// References and their places have the same type, without conversions.
    fn same(&mut self, value: &Expr, from: &Ty, to: &Ty) {
        if !accepts(to, from) {
            self.mismatch(value.span, from, to);
        }
    }
}

/// Whether the value comes out of a call.
pub(super) fn is_call(e: &Expr) -> bool {
    matches!(e.ungroup().kind, ExprKind::Call(..) | ExprKind::Method(..))
}

fn is_literal(e: &Expr) -> bool {
    matches!(
        e.ungroup().kind,
        ExprKind::Int(_)
            | ExprKind::Float(_)
            | ExprKind::Str(_)
            | ExprKind::Interpolated(_)
            | ExprKind::Char(_)
            | ExprKind::Bool(_)
            | ExprKind::Literal(..)
            | ExprKind::List(_)
    )
}
