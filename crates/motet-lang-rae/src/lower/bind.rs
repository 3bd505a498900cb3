//! Bindings, aliases, narrowing, `ret`: who owns a value, and who only refers to it.

use alloc::{format, vec::Vec};

use motet_ir::{self as ir, build};
use motet_source::{Code, Span};

use super::{
    Lowerer, Role, V, Variable,
    place::{Kind, Place, is_place},
    types::is_object,
};
use crate::{
    ast::{BinOp, Binding, BindingKind, Expr, ExprKind, Ident, Mode, UnOp},
    names::Name,
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
const NARROW_UNTYPED: &str =
    "'if let' needs the binding's type: 'view T'/'mod T' with '=>', or 'T' with '=' (spec 4.2)";
const NOT_CONSTANT: &str = "'const' initializer must be evaluable at compile time (only literals, earlier constants, \
                            enum cases, and arithmetic on them are allowed)";

impl<'a> Lowerer<'a> {
    /// A new name of the innermost block.
    pub(super) fn declare(&mut self, name: Ident, ty: Ty, role: Role, place: Place) {
        let start = self.body.blocks.last().copied().unwrap_or(0);
        if self.body.scope.iter().skip(start).any(|v| v.name == name.name) {
            let message = format!("'{}' is already declared in this block", self.text(name.name));
            self.note(Code::DuplicateName, name.span, message);
        }
        self.body.scope.push(Variable { name: name.name, ty, role, iterated: 0, place });
    }

    /// A new variable with a value that it owns: the assignment.
    pub(super) fn declare_owner(&mut self, name: Ident, ty: Ty, role: Role, value: ir::Expr) -> ir::Expr {
        let span = name.span;
        let celled = self.body.celled.contains(&name.name) && !is_object(&ty);
        let repr = self.repr(&ty);
        let text = self.text(name.name);
        if celled {
            let local = self.local(text, ir::Type::Any);
            let cell = build::expr(ir::ExprKind::NewCell(value.into()), ir::Type::Any, span);
            let kind = Kind::Cell(self.read(local, span));
            self.declare(name, ty.clone(), role, Place::new(kind, ty, span));
            return build::set_local(local, cell, span);
        }
        let local = self.local(text, repr);
        let task = matches!(ty, Ty::Task(_));
        self.declare(name, ty.clone(), role, Place::new(Kind::Local(local), ty, span));
        let set = build::set_local(local, value, span);
        if !task {
            return set;
        }
        let join = self.join_later(local, span);
        build::block(alloc::vec![set, join], span)
    }

    pub(super) fn binding(&mut self, b: &'a Binding) -> ir::Expr {
        let declared = b.ty.as_ref().map(|t| self.resolve(t));
        if let (Some(ty), Some(value)) = (&declared, &b.value)
            && ty.is_reference()
        {
            let ty = ty.clone();
            return self.alias(b, value, ty);
        }
        let v = b.value.as_ref().map(|e| self.expr(e, declared.as_ref()));
        if let (Some(value), Some(v)) = (&b.value, &v) {
            match &declared {
                _ if is_call(value) && v.ty.is_reference() => self.note(Code::TypeMismatch, b.span, REFERENCE_CALL),
                Some(ty) => self.fits(value, &v.ty, ty),
                None if v.ty == Ty::Void => {
                    self.note(Code::TypeMismatch, value.span, "this call returns nothing that could be bound");
                }
                None if v.ty == Ty::None => {
                    let message = "the type of 'none' cannot be inferred; declare it with 'opt'";
                    self.note(Code::CannotInfer, value.span, message);
                }
                None => {}
            }
            if b.kind == BindingKind::Const && !self.is_constant(value) {
                self.note(Code::TypeMismatch, b.span, NOT_CONSTANT);
            }
        }
        let ty = declared.unwrap_or_else(|| self.inferred(b.value.as_ref(), v.as_ref()));
        let role = match b.kind {
            BindingKind::Let => Role::Let,
            BindingKind::Var => Role::Var,
            BindingKind::Const => Role::Const,
        };
        let value = match v {
            Some(v) => self.owned(v, &ty),
            None => self.default_of(&ty, b.span),
        };
        self.declare_owner(b.name, ty, role, value)
    }

    /// The type of a binding without one: a member of an enum is a number.
    pub(super) fn inferred(&self, value: Option<&Expr>, v: Option<&V>) -> Ty {
        let Some(v) = v else { return Ty::Unknown };
        let ty = match &v.ty {
            Ty::Ref(_, t) => (**t).clone(),
            Ty::Opt(t) => Ty::Opt(t.referent().clone().into()),
            Ty::None | Ty::Void => Ty::Unknown,
            ty if ty.numeric() == Some("Int") && v.e.ty == ir::Type::Float => Ty::Float64,
            ty => ty.clone(),
        };
        let member = value.is_some_and(|e| matches!(e.ungroup().kind, ExprKind::Field(..)));
        match ty {
            Ty::Enum(_) if member => Ty::INT,
            ty => ty,
        }
    }

    /// `let name: view T => place`.
    fn alias(&mut self, b: &'a Binding, value: &'a Expr, to: Ty) -> ir::Expr {
        let span = b.span;
        let writable = matches!(to.unwrap_opt(), Ty::Ref(true, _));
        let call = is_call(value);
        let mut parts = Vec::new();
        let (place, from) = self.reference_source(value);
        if is_literal(value) {
            self.note(Code::TypeMismatch, span, LITERAL);
        } else if call && !from.is_reference() && !from.is_open() {
            self.note(Code::TypeMismatch, span, OWNED_CALL);
        } else if writable
            && (self.read_only_root(value).is_some() || (call && matches!(from.unwrap_opt(), Ty::Ref(false, _))))
        {
            self.note(Code::TypeMismatch, span, PROMOTION);
        } else {
            self.same_type(value, &from, &to);
        }
        let place = self.bind_place(b.name, place, &to, &mut parts);
        self.declare(b.name, to, Role::Alias(writable), place);
        build::block(parts, span)
    }

    /// The place that a reference is to refer to, and the type of the expression.
    fn reference_source(&mut self, value: &'a Expr) -> (Place, Ty) {
        if is_place(value) {
            let place = self.place(value);
            let ty = place.ty.clone();
            return (place, ty);
        }
        let v = self.expr(value, None);
        let ty = v.ty.clone();
        (self.value_place(v, value.span), ty)
    }

    /// Makes a place that a name can stand for: everything in it is evaluated now.
    fn bind_place(&mut self, name: Ident, place: Place, to: &Ty, parts: &mut Vec<ir::Expr>) -> Place {
        let span = name.span;
        let target = to.unwrap_opt().referent().clone();
        if matches!(to, Ty::Opt(_)) || is_object(&target) && !matches!(place.kind, Kind::Local(_) | Kind::Alias(_)) {
            // The object, an optional object, or an optional reference.
            let ty = if matches!(to, Ty::Opt(_)) { to.clone() } else { target.clone() };
            let optional_scalar = matches!(to, Ty::Opt(_)) && !is_object(&target);
            let e = if optional_scalar { self.optional_reference(place) } else { self.object_of(place, &ty) };
            let repr = self.repr(&ty);
            let text = self.text(name.name);
            let local = self.local(text, repr);
            parts.push(build::set_local(local, build::cast(repr, e), span));
            return Place::new(Kind::Alias(local), ty, span);
        }
        let mut place = self.pin(place, parts);
        if let Kind::Local(l) = place.kind
            && is_object(&target)
        {
            place.kind = Kind::Alias(l);
        }
        place.ty = target;
        place
    }

    fn object_of(&mut self, place: Place, ty: &Ty) -> ir::Expr {
        let v = self.load(place);
        match ty {
            Ty::Opt(_) => v.e,
            _ => self.plain(v).e,
        }
    }

    /// An optional reference to a place that may hold a value, or the one that a call returned.
    pub(super) fn optional_reference(&mut self, place: Place) -> ir::Expr {
        if matches!(place.ty, Ty::Opt(ref t) if t.is_reference()) || place.ty == Ty::None {
            return self.load(place).e;
        }
        let span = place.span;
        let mut parts = Vec::new();
        let place = self.pin(place, &mut parts);
        let value = self.load(place.clone()).e;
        let test = self.is_nil(value);
        let reference = self.reference(place);
        parts.push(build::if_(test, build::nil(span), reference, span));
        build::block(parts, span)
    }

    /// `if let`: what comes first, and the test.
    pub(super) fn narrowing(&mut self, b: &'a Binding) -> (Vec<ir::Expr>, ir::Expr) {
        let span = b.span;
        let declared = b.ty.as_ref().map(|t| self.resolve(t));
        let Some(value) = &b.value else { return (Vec::new(), build::bool(false, span)) };
        let by_reference = declared.as_ref().is_some_and(Ty::is_reference);
        let (place, from) = self.reference_source(value);
        let optional = matches!(from.referent(), Ty::Opt(_)) || from.is_open();
        let call = is_call(value);
        let writable = matches!(declared.as_ref().map(Ty::unwrap_opt), Some(Ty::Ref(true, _)));
        let message = match (call, by_reference) {
            _ if declared.is_none() => Some(NARROW_UNTYPED),
            (true, _) if !optional => Some("'if let' narrows an optional, but this call does not return 'opt'"),
            (true, true) if !from.is_reference() && !from.is_open() => Some(NARROW_OWNED),
            (true, false) if from.is_reference() => Some(NARROW_REFERENCE),
            (false, false) => Some(NARROW_PLACE),
            (false, true) if !optional => Some("'if let' narrows an optional, but this is not an 'opt'"),
            (_, true)
                if writable
                    && (self.read_only_root(value).is_some()
                        || call && matches!(from.unwrap_opt(), Ty::Ref(false, _))) =>
            {
                Some(PROMOTION)
            }
            _ => None,
        };
        let ty = declared.unwrap_or_else(|| from.plain().clone());
        match message {
            Some(message) => self.note(Code::TypeMismatch, span, message),
            None => self.same_type(value, from.plain(), ty.referent()),
        }
        let mut parts = Vec::new();
        let role = match ty {
            Ty::Ref(writable, _) => Role::Alias(writable),
            _ => Role::Let,
        };
        let payload = ty.referent().clone();
        let repr = self.repr(&payload);
        if by_reference && !call && !is_object(&payload) {
            // An alias of the payload of a stored optional.
            let mut place = self.pin(place, &mut parts);
            let test = self.load(place.clone()).e;
            let test = self.not_nil(test);
            place.ty = payload;
            self.declare(b.name, ty, role, place);
            return (parts, test);
        }
        let v = self.load(place);
        let fresh = v.fresh;
        let (set, kept) = self.keep(v.e);
        parts.push(set);
        let found = self.read(kept, span);
        let test = self.not_nil(found.clone());
        let reference = by_reference && !is_object(&payload);
        let place = if reference {
            Place::new(Kind::Reference(found), payload, span)
        } else if is_object(&payload) && by_reference || found.ty == repr && fresh {
            self.alias_of(found, payload, repr, span)
        } else {
            // The payload is unwrapped inside the branch, where it is known to be there.
            self.body.pending = Some((b.name, ty.clone(), role, V { fresh, ..V::new(payload, found) }));
            return (parts, test);
        };
        self.declare(b.name, ty, role, place);
        (parts, test)
    }

    fn alias_of(&mut self, found: ir::Expr, ty: Ty, repr: ir::Type, span: Span) -> Place {
        let v = V::new(ty.clone(), build::cast(repr, found));
        Place::new(Kind::Value(v.into()), ty, span)
    }

    /// Declares the variable of an `if let` that owns its value: at the beginning of the branch.
    pub(super) fn pending(&mut self) -> Option<ir::Expr> {
        let (name, ty, role, v) = self.body.pending.take()?;
        let repr = self.repr(&ty);
        let e = build::cast(repr, v.e);
        let value = self.owned(V { ty: ty.clone(), e, fresh: v.fresh, raw: false }, &ty);
        Some(self.declare_owner(name, ty, role, value))
    }

    pub(super) fn not_nil(&self, e: ir::Expr) -> ir::Expr {
        let span = e.span;
        self.negate(self.is_nil(e), span)
    }

    // ---- ret

    pub(super) fn ret(&mut self, values: &'a [(Option<Ident>, Expr)], span: Span) -> ir::Expr {
        let result = self.body.result.clone();
        let [first, rest @ ..] = values else {
            if result != Ty::Void && !result.is_open() {
                self.note(Code::TypeMismatch, span, "this function has a result; 'ret' needs a value");
            }
            let value = self.default_of(&result, span);
            return self.leave_function(value, span);
        };
        let value = &first.1;
        if !rest.is_empty() {
            self.note(Code::CompileTime, span, "several results are not supported");
        }
        let explicit = matches!(value.ungroup().kind, ExprKind::Unary(UnOp::View | UnOp::Mod, _));
        if result == Ty::Void {
            self.expr(value, None);
            let message = "this function has no result; declare one with 'ret'";
            self.note(Code::TypeMismatch, value.span, message);
            return build::nil(span);
        }
        if result.is_reference() {
            return self.ret_reference(value, &result, span);
        }
        let v = self.expr(value, Some(&result));
        if explicit {
            self.escaping(value, &v.ty);
        }
        self.fits(value, &v.ty, &result);
        let fresh = v.fresh || self.is_dying(value);
        let e = self.owned(V { fresh, ..v }, &result);
        self.leave_function(e, span)
    }

    /// Whether a local variable is returned that nobody sees afterwards.
    fn is_dying(&self, value: &Expr) -> bool {
        let ExprKind::Ident(name) = value.ungroup().kind else { return false };
        let deferred = self.body.contexts.iter().any(|c| matches!(c, super::Context::Deferred { .. }));
        let own = self.variable(name).is_some_and(|v| {
            matches!(v.role, Role::Let | Role::Var | Role::Param(Some(Mode::Own | Mode::Copy)))
                && matches!(v.place.kind, Kind::Local(_))
        });
        own && !deferred
    }

    fn ret_reference(&mut self, value: &'a Expr, result: &Ty, span: Span) -> ir::Expr {
        if matches!(value.ungroup().kind, ExprKind::None) {
            let v = self.expr(value, None);
            self.fits(value, &v.ty, result);
            return self.leave_function(build::nil(span), span);
        }
        let (place, from) = self.reference_source(strip(value));
        self.escaping(value, &from);
        self.fits(value, &from, result);
        let target = result.unwrap_opt().referent().clone();
        let optional = matches!(result, Ty::Opt(_));
        let e = if is_object(&target) {
            let ty = if optional { result.clone() } else { target };
            self.object_of(place, &ty)
        } else if optional && matches!(place.ty, Ty::Opt(_)) {
            self.optional_reference(place)
        } else {
            self.reference(place)
        };
        let repr = self.repr(result);
        self.leave_function(build::cast(repr, e), span)
    }

    /// A reference that leaves the function.
    fn escaping(&mut self, value: &Expr, from: &Ty) {
        let inner = strip(value).ungroup();
        if matches!(inner.kind, ExprKind::Literal(..) | ExprKind::List(_)) {
            return self.note(Code::TypeMismatch, value.span, "cannot take reference to a temporary literal");
        }
        if is_call(inner) {
            if !from.is_reference() && !from.is_open() {
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

    pub(super) fn global_constant(&mut self, b: &Binding, value: &Expr) {
        if b.kind == BindingKind::Const && !self.is_constant(value) {
            self.note(Code::TypeMismatch, b.span, NOT_CONSTANT);
        }
    }

    pub(super) fn is_constant(&self, e: &Expr) -> bool {
        match &e.kind {
            ExprKind::Int(_) | ExprKind::Float(_) | ExprKind::Str(_) | ExprKind::Char(_) | ExprKind::Bool(_) => true,
            ExprKind::Group(a) | ExprKind::Unary(UnOp::Neg | UnOp::BitNot | UnOp::Not, a) => self.is_constant(a),
            ExprKind::Cast(a, _) => self.is_constant(a),
            ExprKind::Binary(op, a, b) => {
                !matches!(op, BinOp::Is | BinOp::IsNot) && self.is_constant(a) && self.is_constant(b)
            }
            ExprKind::Ident(name) => match self.variable(*name) {
                Some(v) => v.role == Role::Const,
                None => self.is_global_constant(*name),
            },
            ExprKind::Field(base, _) => {
                let ExprKind::Ident(name) = base.kind else { return false };
                self.variable(name).is_none() && matches!(self.decls.named_type(name), Some(Ty::Enum(_)))
            }
            _ => false,
        }
    }

    fn is_global_constant(&self, name: Name) -> bool {
        let global = self.decls.global(name).and_then(|g| self.decls.globals.get(g));
        global.is_some_and(|g| g.kind == BindingKind::Const)
    }

    /// References and their places have the same type, without conversions.
    fn same_type(&mut self, value: &Expr, from: &Ty, to: &Ty) {
        if !accepts(to, from) {
            self.mismatch(value.span, from, to);
        }
    }

    // ---- whose a place is

    /// The variable that a place is part of.
    pub(super) fn root(&self, place: &Expr) -> Option<Name> {
        let mut e = place;
        loop {
            match &e.kind {
                ExprKind::Ident(name) => return Some(*name),
                ExprKind::Group(a) | ExprKind::Field(a, _) | ExprKind::Index(a, _) => e = a,
                ExprKind::Unary(UnOp::View | UnOp::Mod, a) => e = a,
                _ => return None,
            }
        }
    }

    /// The variable that a place is part of, if nothing may be changed through it.
    pub(super) fn read_only_root(&self, place: &Expr) -> Option<Name> {
        let name = self.root(place)?;
        let v = self.variable(name)?;
        let read_only = match v.role {
            Role::Param(Some(Mode::View)) | Role::Alias(false) => true,
            Role::Param(Some(Mode::Mod)) => false,
            Role::Param(_) => matches!(v.ty.plain(), Ty::Struct(..)) && self.list_element(&v.ty).is_none(),
            Role::Let | Role::Var | Role::Const | Role::Alias(true) => false,
        };
        read_only.then_some(name)
    }

    /// A place as it is written, for messages.
    pub(super) fn path(&self, e: &Expr) -> Option<alloc::string::String> {
        match &e.kind {
            ExprKind::Ident(name) => Some(self.text(*name).into()),
            ExprKind::Group(a) => self.path(a),
            ExprKind::Field(a, name) => Some(format!("{}.{}", self.path(a)?, self.text(name.name))),
            _ => None,
        }
    }

    /// Whether the value stays with somebody else: reached through a reference, or a global.
    pub(super) fn is_borrowed(&self, e: &Expr) -> bool {
        let Some(name) = self.root(e) else { return false };
        match self.variable(name) {
            Some(v) => matches!(v.role, Role::Alias(_) | Role::Param(Some(Mode::View | Mode::Mod))),
            None => self.decls.global(name).is_some() && !self.is_global_constant(name),
        }
    }

    // ---- whether values fit

    /// Whether a value may be stored in a place of type `to`; reports it if not.
    pub(super) fn fits(&mut self, value: &Expr, from: &Ty, to: &Ty) {
        let literal = is_numeric_literal(value) && to.plain().numeric().is_some();
        let cast = matches!(value.ungroup().kind, ExprKind::Cast(..));
        if *from == Ty::Void && *to != Ty::Void && !to.is_open() {
            self.note(Code::TypeMismatch, value.span, "this call returns nothing");
        } else if *from == Ty::None && !matches!(to.referent(), Ty::Opt(_) | Ty::Any) && !to.is_open() {
            let message = format!("cannot convert none to {}; only an 'opt' can be none", self.show(to.plain()));
            self.note(Code::TypeMismatch, value.span, message);
        } else if !literal && !cast && !accepts(to, from) {
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

    /// Puts a value into a place whose object has been moved away.
    pub(super) fn replace(&mut self, place: Place, value: ir::Expr) -> ir::Expr {
        let span = place.span;
        match place.kind {
            Kind::Local(l) | Kind::Alias(l) => build::set_local(l, value, span),
            Kind::Global(g) => build::expr(ir::ExprKind::SetGlobal(g, value.into()), ir::Type::Nil, span),
            Kind::Slot(base, class, slot) => {
                build::expr(ir::ExprKind::SetSlot(base.into(), class, slot, value.into()), ir::Type::Nil, span)
            }
            Kind::Element(list, index) => {
                build::expr(ir::ExprKind::SetIndex(list.into(), index.into(), value.into()), ir::Type::Nil, span)
            }
            kind => {
                let place = Place { kind, ..place };
                self.store(place, value)
            }
        }
    }
}

/// Without `view` and `mod` in front.
fn strip(e: &Expr) -> &Expr {
    match &e.ungroup().kind {
        ExprKind::Unary(UnOp::View | UnOp::Mod, inner) => inner,
        _ => e,
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
