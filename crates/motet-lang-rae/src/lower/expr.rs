//! Expressions: literals, and what the other files do for the other forms.

use alloc::{string::String, vec::Vec};

use motet_ir::{self as ir, build};
use motet_source::{Code, Span};

use super::{Lowerer, V, place::is_place, select::Operand, types::is_closed};
use crate::{
    ast::{Expr, ExprKind, Ident, LiteralBody, Piece, TypeRef, UnOp},
    types::Ty,
};

impl<'a> Lowerer<'a> {
    /// The value of an expression; `want` is what its place takes, which literals without a type need.
    pub(super) fn expr(&mut self, e: &'a Expr, want: Option<&Ty>) -> V {
        let span = e.span;
        match &e.kind {
            ExprKind::Int(n) => V::new(Ty::INT, build::int(*n, span)),
            ExprKind::Float(x) => V { raw: true, ..V::new(Ty::Float, build::float(*x, span)) },
            ExprKind::Str(index) => V::new(Ty::Str, build::str(self.string(*index), span)),
            ExprKind::Interpolated(pieces) => self.interpolated(pieces, span),
            ExprKind::Char(code) => V::new(Ty::Char, build::int(i64::from(*code), span)),
            ExprKind::Bool(b) => V::new(Ty::Bool, build::bool(*b, span)),
            ExprKind::None => V::new(Ty::None, build::nil(span)),
            ExprKind::Group(a) => self.expr(a, want),
            ExprKind::Unary(op, a) => self.unary(*op, a, e, want),
            ExprKind::Postfix(op, a) => self.step(a, *op == UnOp::Inc, false, span),
            ExprKind::Binary(..) => self.operators(e),
            ExprKind::Cast(a, ty) => self.cast(a, ty, e),
            ExprKind::Call(callee, args) => self.call(callee, args, want),
            ExprKind::Ident(_) => {
                let place = self.place(e);
                self.load(place)
            }
            ExprKind::Method(..) | ExprKind::Field(..) | ExprKind::Index(..) => match self.postfix(e, want).operand {
                Operand::Place(place) => self.load(place),
                Operand::Value(v) => v,
                Operand::Type | Operand::Deferred => V::new(Ty::Unknown, build::nil(span)),
            },
            ExprKind::Literal(written, body) => self.literal(written.as_deref(), body, want, span),
            ExprKind::List(items) => {
                let ty = want.map_or(Ty::Unknown, |w| w.plain().clone());
                self.elements(items, ty, span)
            }
            ExprKind::Match(m) => self.match_expr(m, want, span),
        }
    }

    fn interpolated(&mut self, pieces: &'a [Piece], span: Span) -> V {
        let mut parts = Vec::with_capacity(pieces.len());
        for piece in pieces {
            match piece {
                Piece::Text(index) => {
                    let text = self.string(*index);
                    if !text.is_empty() {
                        parts.push(build::str(text, span));
                    }
                }
                Piece::Expr(e) => {
                    let v = self.expr(e, None);
                    self.has_text(e, &v.ty);
                    parts.push(self.text_part(v));
                }
            }
        }
        V::new(Ty::Str, build::expr(ir::ExprKind::Concat(parts), ir::Type::Str, span))
    }

    fn cast(&mut self, a: &'a Expr, written: &'a TypeRef, e: &Expr) -> V {
        let from = self.expr(a, None);
        let to = self.resolve(written);
        let number = |t: &Ty| t.numeric().is_some() || t.is_open();
        if !number(from.ty.plain()) || !number(&to) {
            let message = "unsupported conversion: `as` converts between numeric types";
            self.note(Code::TypeMismatch, e.span, message);
            return V::new(Ty::Unknown, from.e);
        }
        let value = self.convert(from, &to);
        V::new(to, value)
    }

    fn literal(&mut self, written: Option<&'a TypeRef>, body: &'a LiteralBody, want: Option<&Ty>, span: Span) -> V {
        let ty = match written {
            Some(written) => self.literal_type(written, want),
            None => want.map_or(Ty::Unknown, |w| w.plain().clone()),
        };
        match body {
            LiteralBody::Empty if ty == Ty::Unknown => {
                self.cannot_infer(span);
                V::new(ty, build::nil(span))
            }
            LiteralBody::Empty => {
                let e = self.default_of(&ty, span);
                V::fresh(ty, e)
            }
            LiteralBody::Elements(items) => self.elements(items, ty, span),
            LiteralBody::Fields(fields) => self.fields(fields, ty, span),
        }
    }

    fn cannot_infer(&mut self, span: Span) {
        if self.body.type_params.is_empty() || !self.body.bound.is_empty() {
            self.note(Code::CannotInfer, span, "the type of this literal cannot be inferred; write it in front");
        }
    }

    /// The type in front of a literal; a generic one without arguments takes those of its place.
    fn literal_type(&mut self, written: &TypeRef, want: Option<&Ty>) -> Ty {
        if written.args.is_empty()
            && let Some(Ty::Struct(n, args)) = want.map(Ty::plain)
            && !args.is_empty()
            && matches!(self.decls.named_type(written.name.name), Some(Ty::Struct(m, _)) if m == n)
        {
            return Ty::Struct(*n, args.clone());
        }
        self.resolve(written)
    }

    fn fields(&mut self, fields: &'a [(Ident, Expr)], ty: Ty, span: Span) -> V {
        let declared = self.fields_of(&ty);
        if !ty.is_open() && !matches!(ty, Ty::Struct(..)) {
            let message = alloc::format!("{} has no fields", self.show(&ty));
            self.note(Code::TypeMismatch, span, message);
        } else if ty == Ty::Unknown {
            self.cannot_infer(span);
        }
        // In the order in which they are written.
        let mut given: Vec<Option<ir::Expr>> = declared.iter().map(|_| None).collect();
        let mut order = Vec::new();
        for (name, value) in fields {
            let text = self.text(name.name);
            let place = declared.iter().position(|f| f.0 == text);
            if place.is_none() && matches!(ty, Ty::Struct(..)) {
                self.no_field(&ty, *name);
            }
            let to = place.and_then(|p| declared.get(p)).map_or(Ty::Unknown, |f| f.1.clone());
            let v = self.expr(value, Some(&to));
            self.fits(value, &v.ty, &to);
            let e = self.owned(v, &to);
            let Some(slot) = place.and_then(|p| given.get_mut(p)) else { continue };
            if slot.is_some() {
                self.note(Code::DuplicateName, name.span, alloc::format!("field '{text}' is given twice"));
            }
            order.extend(place);
            *slot = Some(e);
        }
        if self.is_list(&ty) {
            let data = given.into_iter().flatten().next();
            let e = data.filter(|d| d.ty == ir::Type::List).unwrap_or_else(|| self.empty_list(span));
            return V::fresh(ty, e);
        }
        if !is_closed(&ty) || !matches!(ty, Ty::Struct(..)) {
            return V::fresh(ty, build::nil(span));
        }
        let class = self.class(&ty);
        let mut parts: Vec<(String, ir::Expr)> = Vec::with_capacity(declared.len());
        for place in order {
            if let (Some(f), Some(e)) = (declared.get(place), given.get_mut(place).and_then(Option::take)) {
                parts.push((f.0.clone(), e));
            }
        }
        for (name, to, default) in declared {
            if !parts.iter().any(|p| p.0 == name) {
                let value = self.field_default(&to, default, span);
                parts.push((name, value));
            }
        }
        V::fresh(ty, build::record(class, parts, span))
    }

    /// `{ a, b }` and `[a, b]`.
    pub(super) fn elements(&mut self, items: &'a [Expr], ty: Ty, span: Span) -> V {
        let element = match (&ty, self.list_element(&ty)) {
            (_, Some(element)) => element,
            (Ty::Array(element, _), None) => (**element).clone(),
            (open, None) if open.is_open() => {
                if *open == Ty::Unknown && self.errors.is_empty() {
                    self.cannot_infer(span);
                }
                Ty::Unknown
            }
            (other, None) => {
                let message = alloc::format!("a list of values does not make a {}", self.show(other));
                self.note(Code::TypeMismatch, span, message);
                Ty::Unknown
            }
        };
        let mut elements = Vec::with_capacity(items.len());
        for item in items {
            let v = self.expr(item, Some(&element));
            self.fits(item, &v.ty, &element);
            elements.push(ir::Elem::One(self.owned(v, &element)));
        }
        let count = elements.len() as i64;
        let list = build::expr(ir::ExprKind::List(elements), ir::Type::List, span);
        let Ty::Array(_, cap) = &ty else { return V::fresh(ty, list) };
        if let Some(n) = cap.filter(|n| *n != count) {
            let message = alloc::format!("Array(cap: {n}) takes {n} elements, but {count} were given");
            self.note(Code::TypeMismatch, span, message);
        }
        let e = self.call_native("rae.fixed", ir::Type::List, alloc::vec![list], span);
        V::fresh(ty, e)
    }

    // ---- prefix operators

    fn unary(&mut self, op: UnOp, a: &'a Expr, e: &'a Expr, want: Option<&Ty>) -> V {
        let span = e.span;
        match op {
            UnOp::Inc | UnOp::Dec => self.step(a, op == UnOp::Inc, true, span),
            UnOp::Spawn => self.spawn(a),
            UnOp::Own => self.own(a, want),
            UnOp::View | UnOp::Mod => {
                let v = if is_place(a) {
                    let place = self.place(a);
                    self.load(place)
                } else {
                    self.expr(a, want)
                };
                // References are made where they are handed over; here it is the value that counts.
                match v.ty {
                    Ty::Ref(..) => v,
                    _ if v.ty.is_open() => v,
                    _ => V { fresh: false, ..v },
                }
            }
            UnOp::Not => {
                let v = self.expr(a, None);
                let e = self.condition(v, a);
                V::new(Ty::Bool, self.negate(e, span))
            }
            UnOp::Neg | UnOp::BitNot => {
                let v = self.expr(a, want);
                let v = self.plain(v);
                self.signed(op, v, a, span)
            }
        }
    }

    /// `own place`: the value moves, and the place gets the default of its type.
    fn own(&mut self, a: &'a Expr, want: Option<&Ty>) -> V {
        if !is_place(a) {
            let v = self.expr(a, want);
            return self.deref(v);
        }
        let place = self.place(a);
        let mut parts = Vec::new();
        let place = self.pin(place, &mut parts);
        let v = self.load(place.clone());
        let v = self.deref(v);
        let moves = super::types::needs_copy(&v.ty) || *v.ty.plain() == Ty::Str;
        if !moves || !is_closed(&v.ty) || matches!(place.kind, super::place::Kind::Value(_)) {
            parts.push(v.e);
            return V { e: build::block(parts, a.span), ..V::new(v.ty, build::nil(a.span)) };
        }
        let borrowed = matches!(place.kind, super::place::Kind::Alias(_));
        let e = if borrowed { self.copy(v.e, &v.ty) } else { v.e };
        let (set, kept) = self.keep(e);
        parts.push(set);
        let default = self.default_of(&v.ty, a.span);
        // Who lent the object keeps it, with its content moved away.
        parts.push(if borrowed { self.store(place, default) } else { self.replace(place, default) });
        parts.push(self.read(kept, a.span));
        V::fresh(v.ty, build::block(parts, a.span))
    }
}
