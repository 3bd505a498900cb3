//! Types of expressions, and whether values fit their places.

use alloc::{format, string::ToString};

use motet_source::{Code, Span};

use super::{Checker, Role};
use crate::{
    ast::{BinOp, Expr, ExprKind, Ident, LiteralBody, Piece, UnOp},
    decls::integer,
    names::Name,
    types::{Ty, accepts},
};

impl Checker<'_> {
    /// The type of an expression; `want` is what its place takes, which literals without a type need.
    pub(super) fn expr(&mut self, e: &Expr, want: Option<&Ty>) -> Ty {
        match &e.kind {
            ExprKind::Int(_) => Ty::INT,
            ExprKind::Float(_) => Ty::Float,
            ExprKind::Str(_) => Ty::Str,
            ExprKind::Interpolated(pieces) => {
                for piece in pieces {
                    if let Piece::Expr(value) = piece {
                        self.expr(value, None);
                    }
                }
                Ty::Str
            }
            ExprKind::Char(_) => Ty::Char,
            ExprKind::Bool(_) => Ty::Bool,
            ExprKind::None => Ty::None,
            ExprKind::Ident(name) => self.name(*name, e.span),
            ExprKind::Group(a) => self.expr(a, want),
            ExprKind::Unary(op, a) => self.unary(*op, a, want),
            ExprKind::Postfix(_, a) => self.step(a),
            ExprKind::Binary(op, a, b) => self.binary(*op, a, b, e.span),
            ExprKind::Cast(a, ty) => {
                let from = self.expr(a, None);
                let to = self.resolve(ty);
                let number = |t: &Ty| t.numeric().is_some() || t.is_open();
                if !number(from.plain()) || !number(&to) {
                    let message = "unsupported conversion: `as` converts between numeric types";
                    self.note(Code::TypeMismatch, e.span, message);
                }
                to
            }
            ExprKind::Call(callee, args) => self.call(callee, args, want),
            ExprKind::Method(base, name, args) => self.method(base, *name, args, e.span, want),
            ExprKind::Field(base, name) => self.field(base, *name),
            ExprKind::Index(base, index) => self.index(base, index, e.span),
            ExprKind::Literal(ty, body) => {
                let ty = match ty {
                    Some(ty) => self.resolve(ty),
                    None => want.map_or(Ty::Unknown, |w| w.plain().clone()),
                };
                self.literal(e, body, ty)
            }
            ExprKind::List(items) => self.elements(items, want.map_or(Ty::Unknown, |w| w.plain().clone())),
            ExprKind::Match(m) => self.match_expr(m, want),
        }
    }

    fn name(&mut self, name: Name, span: Span) -> Ty {
        if let Some(v) = self.variable(name) {
            return v.ty.clone();
        }
        if let Some(g) = self.decls.global(name).and_then(|g| self.decls.globals.get(g)) {
            return g.ty.clone();
        }
        let message = format!("unknown identifier '{}'", self.text(name));
        self.note(Code::UnknownName, span, message);
        Ty::Unknown
    }

    fn unary(&mut self, op: UnOp, a: &Expr, want: Option<&Ty>) -> Ty {
        match op {
            UnOp::Inc | UnOp::Dec => return self.step(a),
            UnOp::Spawn => return self.spawn(a),
            _ => {}
        }
        let ty = self.expr(a, want);
        match op {
            UnOp::Not => Ty::Bool,
            UnOp::Own => ty.referent().clone(),
            UnOp::View => Ty::Ref(false, ty.into()),
            UnOp::Mod => Ty::Ref(true, ty.into()),
            UnOp::Neg | UnOp::BitNot => {
                let plain = ty.plain();
                if plain.numeric().is_none() && !plain.is_open() {
                    let message = format!("operator '{}' does not take {}", op.text(), self.show(plain));
                    self.note(Code::TypeMismatch, a.span, message);
                }
                plain.clone()
            }
            UnOp::Inc | UnOp::Dec | UnOp::Spawn => ty,
        }
    }

    /// `++` and `--`.
    fn step(&mut self, a: &Expr) -> Ty {
        let ty = self.expr(a, None).plain().clone();
        if ty.numeric().is_none() && !ty.is_open() {
            let message = format!("operators '++' and '--' do not take {}", self.show(&ty));
            self.note(Code::TypeMismatch, a.span, message);
        }
        if let Some(name) = self.read_only_root(a) {
            let message = format!("cannot mutate through read-only view '{}'", self.text(name));
            self.note(Code::InvalidTarget, a.span, message);
        }
        ty
    }

    fn binary(&mut self, op: BinOp, a: &Expr, b: &Expr, sign: Span) -> Ty {
        let left = self.expr(a, None);
        let right = self.expr(b, None);
        match op {
            BinOp::And | BinOp::Or => Ty::Bool,
            BinOp::Is | BinOp::IsNot => {
                self.comparable(sign, &left, &right);
                Ty::Bool
            }
            BinOp::Lt | BinOp::Gt | BinOp::Le | BinOp::Ge => {
                self.comparable(sign, &left, &right);
                Ty::Bool
            }
            _ => {
                let (l, r) = (left.plain(), right.plain());
                let text = *l == Ty::Str && op == BinOp::Add;
                if l.is_open() || r.is_open() {
                    return l.clone();
                }
                if text && *r != Ty::Str {
                    self.mismatch(sign, r, l);
                } else if !text && (l.numeric().is_none() || r.numeric().is_none()) {
                    let worse = if l.numeric().is_none() { l } else { r };
                    let message = format!("operator '{}' does not take {}", op.text(), self.show(worse));
                    self.note(Code::TypeMismatch, sign, message);
                }
                l.clone()
            }
        }
    }

    /// Both sides of `is`, of an order, of a pattern.
    pub(super) fn comparable(&mut self, span: Span, a: &Ty, b: &Ty) {
        let (l, r) = (a.plain(), b.plain());
        let numbers = l.numeric().is_some() && r.numeric().is_some();
        if *l == Ty::None || *r == Ty::None || numbers || accepts(l, r) || accepts(r, l) {
            return;
        }
        let message = format!("cannot compare {} with {}", self.show(l), self.show(r));
        self.note(Code::TypeMismatch, span, message);
    }

    fn field(&mut self, base: &Expr, name: Ident) -> Ty {
        if let ExprKind::Ident(owner) = base.kind {
            let is_place = self.variable(owner).is_some() || self.decls.global(owner).is_some();
            if let Some(Ty::Enum(n)) = self.decls.named_type(owner).filter(|_| !is_place) {
                let n = *n;
                let known = self.decls.enums.get(n).is_some_and(|e| e.members.contains(&name.name));
                if !known {
                    let message = format!("enum '{}' has no member '{}'", self.text(owner), self.text(name.name));
                    self.note(Code::UnknownMember, name.span, message);
                }
                return Ty::Enum(n);
            }
        }
        let ty = self.expr(base, None);
        if ty.plain().is_open() {
            return Ty::Unknown;
        }
        self.decls.field(ty.plain(), name.name).unwrap_or_else(|| {
            let message = format!("{} has no field '{}'", self.show(ty.plain()), self.text(name.name));
            self.note(Code::UnknownMember, name.span, message);
            Ty::Unknown
        })
    }

    fn index(&mut self, base: &Expr, index: &Expr, close: Span) -> Ty {
        let ty = self.expr(base, None);
        let at = self.expr(index, None);
        self.fits(index, &at, &Ty::INT);
        if self.list_element(&ty).is_some() {
            let message = "a List is not indexed with '[]'; use '.at(index: i)', '.viewAt(index: i)', or '.modAt(index: \
                           i)' and handle the optional result. '[]' is for Array(T, cap: N), whose length is part of \
                           its type";
            self.note(Code::TypeMismatch, close, message);
            return Ty::Unknown;
        }
        match ty.plain() {
            Ty::Array(element, cap) => {
                let constant = integer(self.decls, index);
                if let (Some(i), Some(n)) = (constant, *cap)
                    && !(0..n).contains(&i)
                {
                    let last = n - 1;
                    let message =
                        format!("index {i} is out of bounds for Array(cap: {n}); valid indices are 0..{last}");
                    self.note(Code::TypeMismatch, close, message);
                }
                (**element).clone()
            }
            Ty::Buffer(element) => (**element).clone(),
            open if open.is_open() => Ty::Unknown,
            other => {
                let message = format!("{} cannot be indexed", self.show(other));
                self.note(Code::TypeMismatch, close, message);
                Ty::Unknown
            }
        }
    }

    fn literal(&mut self, e: &Expr, body: &LiteralBody, ty: Ty) -> Ty {
        match body {
            LiteralBody::Empty => ty,
            LiteralBody::Elements(items) => self.elements(items, ty),
            LiteralBody::Fields(fields) => {
                for (name, value) in fields {
                    let to = self.decls.field(&ty, name.name);
                    if to.is_none() && !ty.is_open() {
                        let message = format!("{} has no field '{}'", self.show(&ty), self.text(name.name));
                        self.note(Code::UnknownMember, name.span, message);
                    }
                    let to = to.unwrap_or(Ty::Unknown);
                    let from = self.expr(value, Some(&to));
                    self.fits(value, &from, &to);
                }
                if ty == Ty::Unknown && fields.is_empty() {
                    self.note(Code::CannotInfer, e.span, "the type of this literal cannot be inferred");
                }
                ty
            }
        }
    }

    /// `{ a, b }` and `[a, b]`.
    fn elements(&mut self, items: &[Expr], ty: Ty) -> Ty {
        let element = match (&ty, self.list_element(&ty)) {
            (_, Some(element)) => element,
            (Ty::Array(element, _), None) => (**element).clone(),
            _ => Ty::Unknown,
        };
        for item in items {
            let from = self.expr(item, Some(&element));
            self.fits(item, &from, &element);
        }
        ty
    }

    /// Whether a value may be stored in a place of type `to`; reports it if not.
    pub(super) fn fits(&mut self, value: &Expr, from: &Ty, to: &Ty) {
        let literal = is_numeric_literal(value) && to.plain().numeric().is_some();
        let cast = matches!(value.ungroup().kind, ExprKind::Cast(..));
        if !literal && !cast && !accepts(to, from) {
            self.mismatch(value.span, from, to);
        }
    }

    pub(super) fn mismatch(&mut self, span: Span, from: &Ty, to: &Ty) {
        let (from, to) = (from.plain(), to.plain());
        let message = match (from.numeric(), to.numeric()) {
            (Some(a), Some(b)) if a != b => format!(
                "cannot implicitly convert {a} to {b}; Rae has no implicit numeric conversions - write `value as {b}`"
            ),
            _ => format!("cannot convert {} to {}; they are different types", self.show(from), self.show(to)),
        };
        self.note(Code::TypeMismatch, span, message);
    }

    /// A place as it is written, for messages.
    pub(super) fn path(&self, e: &Expr) -> Option<alloc::string::String> {
        match &e.kind {
            ExprKind::Ident(name) => Some(self.text(*name).to_string()),
            ExprKind::Group(a) => self.path(a),
            ExprKind::Field(a, name) => Some(format!("{}.{}", self.path(a)?, self.text(name.name))),
            _ => None,
        }
    }

    /// Whether the value stays with somebody else: reached through a reference, or a global.
    pub(super) fn is_borrowed(&self, e: &Expr) -> bool {
        let Some(name) = self.root(e) else { return false };
        match self.variable(name) {
            Some(v) => {
                matches!(v.role, Role::Alias(_) | Role::Param(Some(crate::ast::Mode::View | crate::ast::Mode::Mod)))
            }
            None => self.decls.global(name).is_some(),
        }
    }
}

/// A number, a negated one, or arithmetic on nothing but such.
fn is_numeric_literal(e: &Expr) -> bool {
    match &e.kind {
        ExprKind::Int(_) | ExprKind::Float(_) => true,
        ExprKind::Group(a) | ExprKind::Unary(UnOp::Neg, a) => is_numeric_literal(a),
        ExprKind::Binary(op, a, b) => {
            matches!(op, BinOp::Add | BinOp::Sub | BinOp::Mul | BinOp::Div | BinOp::Rem)
                && is_numeric_literal(a)
                && is_numeric_literal(b)
        }
        _ => false,
    }
}
