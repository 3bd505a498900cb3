//! From a value of one type to a value of another: dereferencing, unwrapping,
//! rounding to storage, copying into an owner.

use alloc::{boxed::Box, vec};

use motet_ir::{self as ir, BinOp, Family, UnOp, build};
use motet_source::Span;

use super::{
    Lowerer, V,
    types::{is_closed, is_object, needs_copy},
};
use crate::{
    decls::Origin,
    types::{Ty, Width},
};

impl Lowerer<'_> {
    /// The value that a reference refers to; an optional reference becomes an optional value.
    pub(super) fn deref(&mut self, v: V) -> V {
        let span = v.e.span;
        match &v.ty {
            Ty::Ref(_, t) if is_object(t) => V { ty: (**t).clone(), fresh: false, ..v },
            Ty::Ref(_, t) => {
                let t = (**t).clone();
                let e = self.call_native("rae.ref_get", ir::Type::Any, vec![v.e], span);
                let repr = self.repr(&t);
                V::new(t, build::cast(repr, e))
            }
            Ty::Opt(inner) => {
                let Ty::Ref(_, t) = &**inner else { return v };
                let ty = Ty::Opt(t.clone());
                if is_object(t) {
                    return V { ty, fresh: false, ..v };
                }
                let (set, kept) = self.keep(v.e);
                let reference = self.read(kept, span);
                let get = self.call_native("rae.ref_get", ir::Type::Any, vec![reference], span);
                let test = self.is_nil(self.read(kept, span));
                let e = build::if_(test, build::nil(span), get, span);
                V::new(ty, build::block(vec![set, e], span))
            }
            _ => v,
        }
    }

    pub(super) fn is_nil(&self, e: ir::Expr) -> ir::Expr {
        let span = e.span;
        build::expr(ir::ExprKind::IsNil(Box::new(e)), ir::Type::Bool, span)
    }

    /// The value without references and `opt`: the zero value for `none`.
    pub(super) fn plain(&mut self, v: V) -> V {
        let v = self.deref(v);
        let Ty::Opt(t) = &v.ty else { return v };
        let (t, span) = ((**t).clone(), v.e.span);
        if matches!(t, Ty::Opt(_)) {
            return self.plain(V { ty: t, ..v });
        }
        let e = self.unwrap(v.e, &t, span);
        V { ty: t, e, fresh: v.fresh, raw: false }
    }

    /// The payload of an optional, or the default value.
    fn unwrap(&mut self, e: ir::Expr, t: &Ty, span: Span) -> ir::Expr {
        let repr = self.repr(t);
        match t {
            // The language's cast gives the zero value for `none`.
            Ty::Struct(..) if !self.is_list(t) && is_closed(t) => {}
            Ty::Array(..) => {}
            _ => return build::cast(repr, e),
        }
        let (set, kept) = self.keep(e);
        let test = self.is_nil(self.read(kept, span));
        let default = self.default_of(t, span);
        let payload = build::cast(repr, self.read(kept, span));
        build::block(vec![set, build::if_(test, default, payload, span)], span)
    }

    /// The value as a place of type `to` stores it, without a copy.
    pub(super) fn convert(&mut self, v: V, to: &Ty) -> ir::Expr {
        let span = v.e.span;
        let to = match to {
            // A reference is made by whoever hands one over; here only the value counts.
            Ty::Ref(_, t) => t,
            other => other,
        };
        let e = match to {
            Ty::Any => self.dynamic(v),
            Ty::Opt(t) => return self.optional_value(v, t),
            Ty::Int(w) => {
                let v = self.plain(v);
                self.whole_number(v, *w)
            }
            Ty::Enum(_) | Ty::Char => {
                let v = self.plain(v);
                self.whole_number(v, Width { bits: 64, signed: true })
            }
            Ty::Float => {
                let v = self.plain(v);
                self.single(v)
            }
            Ty::Float64 => {
                let v = self.plain(v);
                self.double(v)
            }
            _ => self.plain(v).e,
        };
        let repr = self.repr(to);
        if e.ty == ir::Type::Nil && repr != ir::Type::Nil && repr != ir::Type::Any {
            return self.default_of(to, span);
        }
        build::cast(repr, e)
    }

    fn optional_value(&mut self, v: V, t: &Ty) -> ir::Expr {
        let span = v.e.span;
        if let Ty::Ref(_, t) = t {
            return self.optional_value(v, t);
        }
        let v = self.deref(v);
        match &v.ty {
            Ty::None => v.e,
            Ty::Opt(from) if self.repr(from) == self.repr(t) && !matches!(t, Ty::Int(_) | Ty::Float) => v.e,
            Ty::Opt(from) if **from == *t => v.e,
            Ty::Opt(from) => {
                let from = (**from).clone();
                let (set, kept) = self.keep(v.e);
                let test = self.is_nil(self.read(kept, span));
                let payload = self.unwrap(self.read(kept, span), &from, span);
                let payload = self.convert(V { ty: from, e: payload, fresh: v.fresh, raw: false }, t);
                build::block(vec![set, build::if_(test, build::nil(span), payload, span)], span)
            }
            _ => self.convert(v, t),
        }
    }

    /// As [`Lowerer::convert`], for a place that owns its value.
    pub(super) fn owned(&mut self, v: V, to: &Ty) -> ir::Expr {
        let copy = !v.fresh && needs_copy(&v.ty);
        let from = v.ty.clone();
        let e = self.convert(v, to);
        if copy { self.copy(e, &from) } else { e }
    }

    /// A deep copy.
    pub(super) fn copy(&mut self, e: ir::Expr, ty: &Ty) -> ir::Expr {
        let span = e.span;
        let repr = e.ty;
        // Nothing to copy in what is not there.
        if matches!(e.kind, ir::ExprKind::Nil) || *ty == Ty::None {
            return e;
        }
        if let (ir::Type::Record(class), Some(slots)) = (repr, self.scalar_slots(ty)) {
            return self.copy_slots(e, class, slots);
        }
        let copied = self.call_native("rae.copy", ir::Type::Any, vec![e], span);
        build::cast(repr, copied)
    }

    /// The number of fields of a small struct that holds no objects.
    fn scalar_slots(&mut self, ty: &Ty) -> Option<u32> {
        let Ty::Struct(n, args) = ty.plain() else { return None };
        let info = self.decls.types.get(*n)?;
        let small = args.is_empty() && info.fields.len() <= 8;
        let flat = info.fields.iter().all(|(_, t)| t.is_scalar() && is_closed(t) || matches!(t, Ty::Str));
        (small && flat).then_some(info.fields.len() as u32)
    }

    fn copy_slots(&mut self, e: ir::Expr, class: ir::ClassIdx, slots: u32) -> ir::Expr {
        let span = e.span;
        let (set, kept) = self.keep(e);
        let Some(fields) = self.module.classes.get(class.index()).map(|c| c.fields.clone()) else {
            return self.read(kept, span);
        };
        let fields = fields.into_iter().take(slots as usize).enumerate().map(|(i, f)| {
            let base = Box::new(self.read(kept, span));
            let value = build::expr(ir::ExprKind::Slot(base, class, i as u32), f.ty, span);
            (f.name, value)
        });
        let record = build::record(class, fields.collect(), span);
        build::block(vec![set, record], span)
    }

    // ---- numbers

    fn whole_number(&mut self, v: V, w: Width) -> ir::Expr {
        let span = v.e.span;
        if v.e.ty == ir::Type::Float {
            if w == UINT64 {
                return self.call_native("rae.float_to_u64", ir::Type::Int, vec![v.e], span);
            }
            let e = float_to_int(v.e);
            return narrow(e, w);
        }
        match v.ty {
            Ty::Int(from) if from == w && !v.raw => v.e,
            _ => narrow(v.e, w),
        }
    }

    fn single(&mut self, v: V) -> ir::Expr {
        let round = v.raw || v.ty != Ty::Float || v.e.ty != ir::Type::Float;
        let e = self.double(v);
        if round { round32(e) } else { e }
    }

    /// A number as a binary64.
    pub(super) fn double(&mut self, v: V) -> ir::Expr {
        let span = v.e.span;
        match v.e.ty {
            ir::Type::Int if v.ty == Ty::Int(UINT64) => {
                self.call_native("rae.u64_to_float", ir::Type::Float, vec![v.e], span)
            }
            ir::Type::Int => match v.e.kind {
                ir::ExprKind::Int(n) => build::float(n as f64, span),
                _ => build::unary(Family::Int, UnOp::ToFloat, v.e, span),
            },
            _ => v.e,
        }
    }

    // ---- Any

    /// A value with a dynamic tag: what has no kind of its own becomes text.
    fn dynamic(&mut self, v: V) -> ir::Expr {
        let v = self.deref(v);
        match v.ty.unwrap_opt() {
            Ty::Char | Ty::Int(_) if v.ty.unwrap_opt() != &Ty::INT => self.text_part(v),
            _ => v.e,
        }
    }

    /// Number of the unit in which a type is declared, if it is one of the library.
    pub(super) fn is_library(&self, origin: Origin) -> bool {
        self.units.get(origin.unit).is_some_and(|u| u.library)
    }
}

/// The unsigned integer of full width.
pub(super) const UINT64: Width = Width { bits: 64, signed: false };

/// Nearest binary32.
pub(super) fn round32(e: ir::Expr) -> ir::Expr {
    let span = e.span;
    match &e.kind {
        ir::ExprKind::Float(x) => build::float(f64::from(*x as f32), span),
        ir::ExprKind::Unary(Family::Float, UnOp::ToFloat32, _) => e,
        _ => build::unary(Family::Float, UnOp::ToFloat32, e, span),
    }
}

/// Toward zero.
fn float_to_int(e: ir::Expr) -> ir::Expr {
    let span = e.span;
    match &e.kind {
        ir::ExprKind::Float(x) => build::int(*x as i64, span),
        _ => build::unary(Family::Float, UnOp::ToInt, e, span),
    }
}

/// What is left of an integer in a storage of that width.
fn narrow(e: ir::Expr, w: Width) -> ir::Expr {
    let span = e.span;
    if w.bits >= 64 {
        return e;
    }
    let spare = i64::from(64 - w.bits);
    if let ir::ExprKind::Int(n) = e.kind {
        let kept = if w.signed { n.wrapping_shl(spare as u32) >> spare } else { n & ((1i64 << w.bits) - 1) };
        return build::int(kept, span);
    }
    if w.signed {
        let up = build::binary(Family::Int, BinOp::Shl, e, build::int(spare, span), span);
        build::binary(Family::Int, BinOp::Shr, up, build::int(spare, span), span)
    } else {
        build::binary(Family::Int, BinOp::BitAnd, e, build::int((1i64 << w.bits) - 1, span), span)
    }
}
