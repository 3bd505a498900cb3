//! `value.toJson()` and `Type.fromJson(json: …)`.

use alloc::{boxed::Box, format, string::String, vec, vec::Vec};

use motet_ir::{self as ir, build};
use motet_source::Span;

use super::{Generated, Lowerer, V, types::is_closed};
use crate::types::Ty;

impl Lowerer<'_> {
    pub(super) fn json_text(&mut self, v: V, span: Span) -> V {
        let v = self.plain(v);
        if !is_closed(&v.ty) {
            return V::new(Ty::Str, build::str("", span));
        }
        let f = self.generated(Generated::ToJson(v.ty.clone()));
        V::new(Ty::Str, build::call(f, vec![v.e], ir::Type::Str, span))
    }

    pub(super) fn parsed_json(&mut self, ty: &Ty, text: ir::Expr, span: Span) -> V {
        if !matches!(ty, Ty::Struct(..)) || !is_closed(ty) || self.is_list(ty) {
            return V::fresh(ty.clone(), build::nil(span));
        }
        let f = self.generated(Generated::FromJson(ty.clone()));
        let repr = self.repr(ty);
        V::fresh(ty.clone(), build::call(f, vec![text], repr, span))
    }

    pub(super) fn json_body(&mut self, ty: &Ty) -> ir::Expr {
        let span = Span::default();
        let this = ir::LocalIdx(0);
        let mut parts = vec![build::str("{", span)];
        if matches!(self.repr(ty), ir::Type::Record(_)) {
            let class = self.class(ty);
            for (i, (name, field, _)) in self.fields_of(ty).into_iter().enumerate() {
                let comma = if i > 0 { ", " } else { "" };
                parts.push(build::str(format!("{comma}\"{name}\": "), span));
                let repr = self.repr(&field);
                let slot = ir::ExprKind::Slot(Box::new(self.read(this, span)), class, i as u32);
                let value = build::expr(slot, repr, span);
                self.json_value(value, &field, &mut parts);
            }
        }
        parts.push(build::str("}", span));
        build::expr(ir::ExprKind::Concat(parts), ir::Type::Str, span)
    }

    fn json_value(&mut self, value: ir::Expr, ty: &Ty, parts: &mut Vec<ir::Expr>) {
        let span = value.span;
        let quote = || build::str("\"", span);
        match ty {
            Ty::Float | Ty::Float64 | Ty::Bool => parts.push(value),
            ty if *ty == Ty::INT => parts.push(value),
            Ty::Str => parts.extend([quote(), value, quote()]),
            Ty::Opt(t) if **t == Ty::Str => {
                let test = self.is_nil(value.clone());
                let text = vec![quote(), build::cast(ir::Type::Str, value), quote()];
                let text = build::expr(ir::ExprKind::Concat(text), ir::Type::Str, span);
                parts.push(build::if_(test, build::str("null", span), text, span));
            }
            Ty::Opt(_) => parts.push(build::str("null", span)),
            _ => parts.push(build::str("...", span)),
        }
    }

    pub(super) fn parsed_body(&mut self, ty: &Ty) -> ir::Expr {
        let span = Span::default();
        let text = self.read(ir::LocalIdx(0), span);
        let class = self.class(ty);
        let mut fields: Vec<(String, ir::Expr)> = Vec::new();
        for (name, field, default) in self.fields_of(ty) {
            let default = self.field_default(&field, default, span);
            let payload = field.unwrap_opt();
            let native = match payload {
                Ty::Int(_) => Some("rae.json_int"),
                Ty::Float | Ty::Float64 => Some("rae.json_float"),
                Ty::Bool => Some("rae.json_bool"),
                Ty::Str => Some("rae.json_string"),
                _ => None,
            };
            let value = match native {
                Some(native) => {
                    let args = vec![text.clone(), build::str(name.clone(), span), default];
                    let found = self.call_native(native, ir::Type::Any, args, span);
                    match &field {
                        Ty::Opt(_) => found,
                        _ => {
                            let kept = if *payload == Ty::Float || *payload == Ty::Float64 {
                                build::cast(ir::Type::Float, found)
                            } else {
                                let repr = self.repr(payload);
                                build::cast(repr, found)
                            };
                            let raw = !matches!(payload, Ty::Str | Ty::Bool);
                            self.convert(V { raw, ..V::new(payload.clone(), kept) }, &field)
                        }
                    }
                }
                None => default,
            };
            fields.push((name, value));
        }
        build::record(class, fields, span)
    }
}
