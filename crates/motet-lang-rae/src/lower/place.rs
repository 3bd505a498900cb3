//! Places: what can be read, written and referred to.
//!
//! Invariant: the expressions in a place are evaluated once per use of the
//! place; a place that is used several times is pinned first.

use alloc::{boxed::Box, format, string::String, vec, vec::Vec};

use motet_ir::{self as ir, BinOp, Family, build};
use motet_source::{Code, Span};

use super::{
    GlobalPlace, Lowerer, V,
    select::{Operand, Slot},
    types::{is_closed, is_object},
};
use crate::{
    ast::{Expr, ExprKind, Ident, UnOp},
    decls::integer,
    names::Name,
    suggest,
    types::Ty,
};

/// Where a value is.
#[derive(Clone)]
pub(super) enum Kind {
    Local(ir::LocalIdx),
    /// A local that refers to an object which is not its own.
    Alias(ir::LocalIdx),
    /// In the cell that is this expression's value.
    Cell(ir::Expr),
    /// Where the reference leads that is this expression's value.
    Reference(ir::Expr),
    Global(ir::GlobalIdx),
    /// Field of a record.
    Slot(ir::Expr, ir::ClassIdx, u32),
    /// Element of an array or a list.
    Element(ir::Expr, ir::Expr),
    /// Element of raw storage.
    Buffer(ir::Expr, ir::Expr),
    /// The fields of a list.
    Length(ir::Expr, Ty),
    Cap(ir::Expr),
    Data(ir::Expr),
    /// Nowhere: a value.
    Value(Box<V>),
}

/// A place.
#[derive(Clone)]
pub(super) struct Place {
    pub kind: Kind,
    /// Type of what is read from it.
    pub ty: Ty,
    /// Type of what is kept in it: differs for the payload of an optional.
    pub stored: Ty,
    pub span: Span,
}

impl Place {
    pub(super) fn new(kind: Kind, ty: Ty, span: Span) -> Place {
        Place { kind, stored: ty.clone(), ty, span }
    }
}

/// Whether an expression has the form of a place.
pub(super) fn is_place(e: &Expr) -> bool {
    match &e.kind {
        ExprKind::Ident(_) | ExprKind::Field(..) | ExprKind::Index(..) => true,
        ExprKind::Group(a) | ExprKind::Unary(UnOp::View | UnOp::Mod, a) => is_place(a),
        _ => false,
    }
}

impl<'a> Lowerer<'a> {
    /// The place that an expression denotes; other expressions are values.
    pub(super) fn place(&mut self, e: &'a Expr) -> Place {
        match &e.kind {
            ExprKind::Group(a) => self.place(a),
            ExprKind::Unary(UnOp::View | UnOp::Mod, a) if is_place(a) => self.place(a),
            ExprKind::Ident(name) => self.name(*name, e.span),
            ExprKind::Field(..) | ExprKind::Index(..) => {
                let end = self.postfix(e, None);
                match end.operand {
                    Operand::Place(place) => place,
                    Operand::Value(v) => self.value_place(v, e.span),
                    Operand::Type | Operand::Deferred => self.unknown(e.span),
                }
            }
            _ => {
                let v = self.expr(e, None);
                self.value_place(v, e.span)
            }
        }
    }

    /// A place for a value; a reference leads to its place.
    pub(super) fn value_place(&mut self, v: V, span: Span) -> Place {
        match v.ty.clone() {
            Ty::Ref(_, t) if !is_object(&t) => Place::new(Kind::Reference(v.e), *t, span),
            ty => Place::new(Kind::Value(Box::new(v)), ty, span),
        }
    }

    fn unknown(&self, span: Span) -> Place {
        Place::new(Kind::Value(Box::new(V::new(Ty::Unknown, build::nil(span)))), Ty::Unknown, span)
    }

    fn name(&mut self, name: Name, span: Span) -> Place {
        if let Some(v) = self.variable(name) {
            let mut place = v.place.clone();
            place.span = span;
            return place;
        }
        if let Some(g) = self.decls.global(name) {
            let ty = self.decls.globals.get(g).map_or(Ty::Unknown, |g| g.ty.clone());
            let kind = match self.globals.get(g) {
                Some(GlobalPlace::Constant(e)) => {
                    let mut e = e.clone();
                    e.span = span;
                    Kind::Value(Box::new(V::new(ty.clone(), e)))
                }
                Some(GlobalPlace::Plain(g)) => Kind::Global(*g),
                Some(GlobalPlace::Cell(g)) => Kind::Cell(build::expr(ir::ExprKind::Global(*g), ir::Type::Any, span)),
                Some(GlobalPlace::Open) | None => {
                    let message = format!("'{}' is used before its type is known; declare its type", self.text(name));
                    self.note(Code::CannotInfer, span, message);
                    return self.unknown(span);
                }
            };
            return Place::new(kind, ty, span);
        }
        let scope: Vec<Name> = self.body.scope.iter().map(|v| v.name).collect();
        let known = scope.into_iter().chain(self.decls.value_names()).map(|n| self.names.text(n));
        let hint = suggest::among(self.names.text(name), known);
        let message = format!("unknown identifier '{}'{hint}", self.text(name));
        self.note(Code::UnknownName, span, message);
        self.unknown(span)
    }

    /// A chain of fields, elements and method calls, which may be hundreds of links long.
    pub(super) fn postfix(&mut self, e: &'a Expr, want: Option<&Ty>) -> Slot<'a> {
        let mut links = Vec::new();
        let mut first = e;
        while let ExprKind::Field(base, _) | ExprKind::Index(base, _) | ExprKind::Method(base, ..) = &first.kind {
            links.push((first, &**base));
            first = base;
        }
        let mut links = links.into_iter().rev();
        let mut end = match links.next() {
            Some((link, base)) => self.first_link(link, base, Some(e).filter(|e| core::ptr::eq(*e, link)).and(want)),
            None => self.slot(first),
        };
        for (link, base) in links {
            let want = if core::ptr::eq(link, e) { want } else { None };
            end = self.link(end, link, base, want);
        }
        end
    }

    /// The innermost link may name a module, an enum or a type.
    fn first_link(&mut self, link: &'a Expr, base: &'a Expr, want: Option<&Ty>) -> Slot<'a> {
        match &link.kind {
            ExprKind::Method(_, name, args) if self.module_of(base).is_some() => {
                let v = self.qualified_call(base, *name, args, link.span, want);
                Slot { ty: v.ty.clone(), operand: Operand::Value(v), value: Some(link) }
            }
            ExprKind::Field(_, name) => {
                if let ExprKind::Ident(owner) = base.kind
                    && let Some(place) = self.member(owner, *name, link.span)
                {
                    return Slot { ty: place.ty.clone(), operand: Operand::Place(place), value: Some(link) };
                }
                let receiver = self.value_slot(base);
                self.link(receiver, link, base, want)
            }
            ExprKind::Index(..) => {
                let receiver = self.value_slot(base);
                self.link(receiver, link, base, want)
            }
            _ => {
                let receiver = self.slot(base);
                self.link(receiver, link, base, want)
            }
        }
    }

    /// A receiver that is no type.
    fn value_slot(&mut self, base: &'a Expr) -> Slot<'a> {
        let operand =
            if is_place(base) { Operand::Place(self.place(base)) } else { Operand::Value(self.expr(base, None)) };
        let ty = match &operand {
            Operand::Place(place) => place.ty.clone(),
            Operand::Value(v) => v.ty.clone(),
            Operand::Type | Operand::Deferred => Ty::Unknown,
        };
        Slot { operand, ty, value: Some(base) }
    }

    fn link(&mut self, receiver: Slot<'a>, link: &'a Expr, base: &'a Expr, want: Option<&Ty>) -> Slot<'a> {
        let span = link.span;
        if let ExprKind::Method(_, name, args) = &link.kind {
            let v = self.method(receiver, base, *name, args, span, want);
            return Slot { ty: v.ty.clone(), operand: Operand::Value(v), value: Some(link) };
        }
        let object = match receiver.operand {
            Operand::Place(place) => self.load(place),
            Operand::Value(v) => v,
            Operand::Deferred | Operand::Type => self.expr(base, None),
        };
        let object = self.plain(object);
        let place = match &link.kind {
            ExprKind::Field(_, name) => self.field(object, *name, span),
            ExprKind::Index(_, index) => self.index(object, index, span),
            _ => self.unknown(span),
        };
        Slot { ty: place.ty.clone(), operand: Operand::Place(place), value: Some(link) }
    }

    fn field(&mut self, object: V, name: Ident, span: Span) -> Place {
        if object.ty.is_open() {
            return self.unknown(span);
        }
        let Some((slot, ty)) = self.decls.field_at(&object.ty, name.name) else {
            self.no_field(&object.ty, name);
            return self.unknown(span);
        };
        if self.is_list(&object.ty) {
            let kind = match self.text(name.name) {
                "length" => {
                    let element = self.list_element(&object.ty).unwrap_or(Ty::Unknown);
                    Kind::Length(object.e, element)
                }
                "cap" => Kind::Cap(object.e),
                _ => Kind::Data(object.e),
            };
            return Place::new(kind, ty, span);
        }
        if !is_closed(&object.ty) {
            // Of an open type: the place has no storage, but is one.
            return Place::new(Kind::Value(Box::new(V::new(Ty::Unknown, build::nil(span)))), ty, span);
        }
        let class = self.class(&object.ty);
        let base = build::cast(ir::Type::Record(class), object.e);
        Place::new(Kind::Slot(base, class, slot as u32), ty, span)
    }

    /// `Enum.member`, if the first name is that of an enum.
    fn member(&mut self, owner: Name, name: Ident, span: Span) -> Option<Place> {
        if self.variable(owner).is_some() || self.decls.global(owner).is_some() {
            return None;
        }
        let Some(Ty::Enum(n)) = self.decls.named_type(owner) else {
            // `module.constant`: constants have no qualifier, but nothing else can be meant.
            let module = self.qualifiers.get(self.unit).is_some_and(|q| q.contains_key(&owner));
            return (module && self.decls.global(name.name).is_some()).then(|| self.name(name.name, span));
        };
        let n = *n;
        let members = self.decls.enums.get(n).map(|e| e.members.clone()).unwrap_or_default();
        let ordinal = members.iter().position(|m| *m == name.name);
        if ordinal.is_none() {
            let hint = suggest::among(self.text(name.name), members.iter().map(|m| self.names.text(*m)));
            let message = format!("enum '{}' has no member '{}'{hint}", self.text(owner), self.text(name.name));
            self.note(Code::UnknownMember, name.span, message);
        }
        let e = build::int(ordinal.unwrap_or(0) as i64, span);
        Some(Place::new(Kind::Value(Box::new(V::new(Ty::Enum(n), e))), Ty::Enum(n), span))
    }

    pub(super) fn no_field(&mut self, ty: &Ty, name: Ident) {
        let fields = self.fields_of(ty);
        let hint = suggest::among(self.text(name.name), fields.iter().map(|f| f.0.as_str()));
        let message = format!("{} has no field '{}'{hint}", self.show(ty), self.text(name.name));
        self.note(Code::UnknownMember, name.span, message);
    }

    fn index(&mut self, object: V, index: &'a Expr, close: Span) -> Place {
        let at = self.expr(index, Some(&Ty::INT));
        self.fits(index, &at.ty, &Ty::INT);
        let at = self.convert(at, &Ty::INT);
        match object.ty.clone() {
            list if self.is_list(&list) => {
                let message = "a List is not indexed with '[]'; use '.at(index: i)', '.viewAt(index: i)', or '.modAt(index: \
                               i)' and handle the optional result. '[]' is for Array(T, cap: N), whose length is part of \
                               its type";
                self.note(Code::TypeMismatch, close, message);
                self.unknown(close)
            }
            Ty::Array(element, cap) => {
                if let (Some(i), Some(n)) = (integer(&self.decls, index), cap)
                    && !(0..n).contains(&i)
                {
                    let last = n - 1;
                    let message =
                        format!("index {i} is out of bounds for Array(cap: {n}); valid indices are 0..{last}");
                    self.note(Code::TypeMismatch, close, message);
                }
                Place::new(Kind::Element(object.e, at), *element, close)
            }
            Ty::Buffer(element) => Place::new(Kind::Buffer(object.e, at), *element, close),
            open if open.is_open() => self.unknown(close),
            other => {
                let message = format!("{} cannot be indexed", self.show(&other));
                self.note(Code::TypeMismatch, close, message);
                self.unknown(close)
            }
        }
    }

    /// The value in a place.
    pub(super) fn load(&mut self, place: Place) -> V {
        let span = place.span;
        let e = match place.kind {
            Kind::Value(v) => return V { ty: place.ty, ..*v },
            Kind::Local(l) | Kind::Alias(l) => self.read(l, span),
            Kind::Cell(cell) => build::expr(ir::ExprKind::CellGet(Box::new(cell)), ir::Type::Any, span),
            Kind::Reference(r) => self.call_native("rae.ref_get", ir::Type::Any, vec![r], span),
            Kind::Global(g) => {
                let ty = self.module.globals.get(g.index()).map_or(ir::Type::Any, |g| g.ty);
                build::expr(ir::ExprKind::Global(g), ty, span)
            }
            Kind::Slot(base, class, slot) => {
                let fields = self.module.classes.get(class.index()).map(|c| &c.fields);
                let ty = fields.and_then(|f| f.get(slot as usize)).map_or(ir::Type::Any, |f| f.ty);
                build::expr(ir::ExprKind::Slot(Box::new(base), class, slot), ty, span)
            }
            Kind::Element(list, index) => {
                build::expr(ir::ExprKind::Index(Box::new(list), Box::new(index)), ir::Type::Any, span)
            }
            Kind::Buffer(list, index) => {
                let default = self.default_of(&place.stored, span);
                self.call_native("rae.buffer_get", ir::Type::Any, vec![list, index, default], span)
            }
            Kind::Length(list, _) => self.call_native("rae.length", ir::Type::Int, vec![list], span),
            Kind::Cap(list) => self.call_native("rae.cap", ir::Type::Int, vec![list], span),
            Kind::Data(list) => list,
        };
        let repr = self.repr(&place.ty);
        V::new(place.ty, build::cast(repr, e))
    }

    /// Stores a value, which fits the place and belongs to it.
    pub(super) fn store(&mut self, place: Place, value: ir::Expr) -> ir::Expr {
        let span = place.span;
        let object = is_object(&place.ty);
        let kind = match place.kind {
            Kind::Local(l) if !(object && self.body.aliases) => return build::set_local(l, value, span),
            Kind::Global(g) if !object => ir::ExprKind::SetGlobal(g, Box::new(value)),
            Kind::Cell(cell) => ir::ExprKind::CellSet(Box::new(cell), Box::new(value)),
            Kind::Reference(r) => return self.call_native("rae.ref_set", ir::Type::Nil, vec![r, value], span),
            Kind::Slot(base, class, slot) if !object => {
                ir::ExprKind::SetSlot(Box::new(base), class, slot, Box::new(value))
            }
            Kind::Element(list, index) if !object => {
                ir::ExprKind::SetIndex(Box::new(list), Box::new(index), Box::new(value))
            }
            Kind::Buffer(list, index) => {
                let default = self.default_of(&place.stored, span);
                let args = vec![list, index, value, default];
                return self.call_native("rae.buffer_set", ir::Type::Nil, args, span);
            }
            Kind::Length(list, element) => {
                let default = self.default_of(&element, span);
                return self.call_native("rae.set_length", ir::Type::Nil, vec![list, value, default], span);
            }
            // The room of a list is its own affair.
            Kind::Cap(list) => return build::block(vec![list, value, build::nil(span)], span),
            Kind::Value(v) if !object => return build::block(vec![v.e, value, build::nil(span)], span),
            kind => {
                // The object stays, so that references to it see the new content.
                let old = self.load(Place { kind, ..place }).e;
                return self.call_native("rae.assign", ir::Type::Nil, vec![old, value], span);
            }
        };
        build::expr(kind, ir::Type::Nil, span)
    }

    /// A reference to a place of a scalar, string or optional; to a value: to a copy of it.
    pub(super) fn reference(&mut self, place: Place) -> ir::Expr {
        let span = place.span;
        match place.kind {
            Kind::Cell(cell) => cell,
            Kind::Reference(r) => r,
            Kind::Slot(base, _, slot) => {
                let slot = build::int(i64::from(slot), span);
                self.new_reference(base, slot, span)
            }
            Kind::Element(list, index) | Kind::Buffer(list, index) => self.new_reference(list, index, span),
            Kind::Local(_)
            | Kind::Alias(_)
            | Kind::Global(_)
            | Kind::Length(..)
            | Kind::Cap(_)
            | Kind::Data(_)
            | Kind::Value(_) => {
                let ty = place.stored.clone();
                let v = self.load(place);
                let value = self.owned(v, &ty);
                build::expr(ir::ExprKind::NewCell(Box::new(value)), ir::Type::Any, span)
            }
        }
    }

    fn new_reference(&mut self, base: ir::Expr, key: ir::Expr, span: Span) -> ir::Expr {
        let class = self.reference_class();
        let fields: Vec<(String, ir::Expr)> = vec![("base".into(), base), ("key".into(), key)];
        let mut e = build::record(class, fields, span);
        e.ty = ir::Type::Any;
        e
    }

    /// An optional reference to an element of a list: `none` out of range.
    pub(super) fn element_reference(&mut self, list: ir::Expr, index: ir::Expr, span: Span) -> ir::Expr {
        let (set_list, list) = self.keep(list);
        let (set_index, index) = self.keep(index);
        let (list, index) = (self.read(list, span), self.read(index, span));
        let length = self.call_native("rae.length", ir::Type::Int, vec![list.clone()], span);
        let low = build::binary(Family::Int, BinOp::Ge, index.clone(), build::int(0, span), span);
        let high = build::binary(Family::Int, BinOp::Lt, index.clone(), length, span);
        let inside = build::expr(ir::ExprKind::And(Box::new(low), Box::new(high)), ir::Type::Bool, span);
        let reference = self.new_reference(list, index, span);
        build::block(vec![set_list, set_index, build::if_(inside, reference, build::nil(span), span)], span)
    }

    /// Evaluates what the place needs once: the assignments, and the place that uses the results.
    pub(super) fn pin(&mut self, place: Place, out: &mut Vec<ir::Expr>) -> Place {
        let span = place.span;
        let mut one = |s: &mut Self, e: ir::Expr| {
            let (set, kept) = s.keep(e);
            out.push(set);
            s.read(kept, span)
        };
        let kind = match place.kind {
            Kind::Cell(e) => Kind::Cell(one(self, e)),
            Kind::Reference(e) => Kind::Reference(one(self, e)),
            Kind::Slot(base, class, slot) => Kind::Slot(one(self, base), class, slot),
            Kind::Element(list, index) => {
                let list = one(self, list);
                Kind::Element(list, one(self, index))
            }
            Kind::Buffer(list, index) => {
                let list = one(self, list);
                Kind::Buffer(list, one(self, index))
            }
            Kind::Length(e, t) => Kind::Length(one(self, e), t),
            Kind::Cap(e) => Kind::Cap(one(self, e)),
            Kind::Data(e) => Kind::Data(one(self, e)),
            Kind::Value(v) => {
                let V { ty, e, raw, .. } = *v;
                let e = one(self, e);
                Kind::Value(Box::new(V { ty, e, fresh: false, raw }))
            }
            kind @ (Kind::Local(_) | Kind::Alias(_) | Kind::Global(_)) => kind,
        };
        Place { kind, ..place }
    }
}
