//! Assignments.

use alloc::{format, string::String};

use motet_ir::{self as ir, build};
use motet_source::{Code, Span};

use super::{
    Lowerer, Role,
    place::{Kind, is_place},
    types::is_object,
};
use crate::{
    ast::{BindingKind, Expr, ExprKind, Mode},
    names::Name,
    types::Ty,
};

impl<'a> Lowerer<'a> {
    pub(super) fn assign(&mut self, target: &'a Expr, value: &'a Expr, sign: Span) -> ir::Expr {
        if !is_place(target) {
            return self.assign_to_call(target, value, sign);
        }
        let mut place = self.place(target);
        place.span = sign;
        match &target.ungroup().kind {
            ExprKind::Ident(name) => self.assign_name(*name, sign),
            ExprKind::Field(..) | ExprKind::Index(..) => {
                if let Some(name) = self.read_only_root(target) {
                    let message = format!("cannot mutate through read-only view '{}'", self.text(name));
                    self.note(Code::InvalidTarget, sign, message);
                } else if matches!(&place.kind, Kind::Value(v) if !v.ty.is_open()) {
                    self.note(Code::InvalidTarget, sign, "this cannot be assigned to");
                }
            }
            _ => {}
        }
        let to = match &place.ty {
            Ty::Opt(t) => Ty::Opt(t.referent().clone().into()),
            ty => ty.clone(),
        };
        let v = self.expr(value, Some(&to));
        self.fits(value, &v.ty, &to);
        if let Ty::Opt(t) = &place.ty
            && let Ty::Ref(_, t) = &**t
        {
            // Through an optional reference, which must be there.
            let t = (**t).clone();
            let e = self.owned(v, &t);
            let reference = self.load(place).e;
            let repr = self.repr(&t);
            let (name, target) = match is_object(&t) {
                true => ("rae.assign", build::cast(repr, reference)),
                false => ("rae.ref_set", reference),
            };
            return self.call_native(name, ir::Type::Nil, alloc::vec![target, e], sign);
        }
        // The payload of a narrowed optional is stored like the optional.
        let stored = if place.stored == place.ty { to } else { place.ty.clone() };
        let e = self.owned(v, &stored);
        self.store(place, e)
    }

    /// `f(…) = value`: through the reference that the call returns.
    fn assign_to_call(&mut self, target: &'a Expr, value: &'a Expr, sign: Span) -> ir::Expr {
        let v = self.expr(target, None);
        let to = v.ty.clone();
        let mut place = self.value_place(v, sign);
        place.span = sign;
        if !matches!(to, Ty::Ref(true, _)) && !to.is_open() {
            self.note(Code::InvalidTarget, sign, "this cannot be assigned to");
        }
        let to = to.referent().clone();
        place.ty = to.clone();
        let v = self.expr(value, Some(&to));
        self.fits(value, &v.ty, &to);
        let e = self.owned(v, &to);
        self.store(place, e)
    }

    fn assign_name(&mut self, name: Name, sign: Span) {
        let shown: String = self.text(name).into();
        let Some(v) = self.variable(name) else { return self.assign_global(name, &shown, sign) };
        let message = match v.role {
            Role::Let => format!(
                "cannot reassign immutable 'let' binding '{shown}'; declare it with 'var' to allow reassignment"
            ),
            Role::Const => format!("cannot assign to constant '{shown}'"),
            Role::Param(Some(Mode::View)) => {
                format!("cannot assign to read-only view parameter '{shown}'; declare it 'mod' to allow writes")
            }
            Role::Param(mode) if mode != Some(Mode::Mod) && matches!(v.ty.plain(), Ty::Struct(..)) => {
                format!("cannot assign to read-only view identifier '{shown}'")
            }
            Role::Alias(false) => {
                format!("cannot assign through read-only view '{shown}'; bind with 'mod' to write through an alias")
            }
            _ if v.iterated > 0 => "cannot mutate a List while a collection loop borrows its elements".into(),
            Role::Param(_) | Role::Var | Role::Alias(true) => return,
        };
        self.note(Code::InvalidTarget, sign, message);
    }

    fn assign_global(&mut self, name: Name, shown: &str, sign: Span) {
        let kind = self.decls.global(name).and_then(|g| self.decls.globals.get(g)).map(|g| g.kind);
        let message = match kind {
            Some(BindingKind::Let) => format!(
                "cannot reassign immutable 'let' binding '{shown}'; declare it with 'var' to allow reassignment"
            ),
            Some(BindingKind::Const) => format!("cannot assign to constant '{shown}'"),
            // An unknown name has been reported with its type.
            Some(BindingKind::Var) | None => return,
        };
        self.note(Code::InvalidTarget, sign, message);
    }
}
