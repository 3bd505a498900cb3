//! Functions of the library that are part of the language.

use alloc::{boxed::Box, collections::BTreeMap, vec};

use motet_ir::{self as ir, build};
use motet_source::Span;

use super::{Lowerer, V, call::Chosen, stmt::as_statement, types::is_object};
use crate::types::Ty;

impl Lowerer<'_> {
    /// A call of a function without a body that is no native function; `None` if it is one.
    pub(super) fn intrinsic(&mut self, name: &str, chosen: &Chosen, args: &[V], span: Span) -> Option<V> {
        let first = chosen.params.first().map(|p| p.2.plain().clone()).unwrap_or(Ty::Void);
        let arg = |n: usize| args.get(n).map(|v| v.e.clone());
        match (name, &first) {
            ("sizeof", _) => {
                let ty = chosen.bound.first().map_or(Ty::Unknown, |b| b.1.clone());
                let n = self.size_of(&ty, &mut BTreeMap::new());
                Some(V::new(Ty::INT, build::int(n, span)))
            }
            ("toInt", Ty::Char) => Some(V::new(Ty::INT, arg(0)?)),
            ("get", Ty::Task(t)) => {
                let t = (**t).clone();
                let value = self.call_native("rae.task_get", ir::Type::Any, vec![arg(0)?], span);
                if t == Ty::Void {
                    return Some(V::new(t, as_statement(value)));
                }
                let t = Ty::Opt(t.into());
                Some(self.plain(V::new(t, value)))
            }
            (_, list) if self.is_list(list) => self.list_intrinsic(name, chosen, args, span),
            _ => None,
        }
    }

    fn list_intrinsic(&mut self, name: &str, chosen: &Chosen, args: &[V], span: Span) -> Option<V> {
        let arg = |n: usize| args.get(n).map(|v| v.e.clone());
        let element = self.list_element(&chosen.params.first()?.2)?;
        let result = chosen.result.clone();
        match (name, args.len()) {
            ("at" | "get", 2) => Some(V::new(result, index(arg(0)?, arg(1)?, span))),
            ("viewAt" | "viewGet" | "modAt" | "modGet", 2) if is_object(&element) => {
                Some(V::new(result, index(arg(0)?, arg(1)?, span)))
            }
            ("viewAt" | "viewGet" | "modAt" | "modGet", 2) => {
                Some(V::new(result, self.element_reference(arg(0)?, arg(1)?, span)))
            }
            ("set", 3) => {
                let kind = ir::ExprKind::SetIndex(Box::new(arg(0)?), Box::new(arg(1)?), Box::new(arg(2)?));
                Some(V::new(Ty::Void, build::expr(kind, ir::Type::Nil, span)))
            }
            ("length", 1) => Some(V::new(Ty::INT, self.call_native("rae.length", ir::Type::Int, vec![arg(0)?], span))),
            _ => None,
        }
    }

    /// Bytes of a value, as C lays it out; `known` holds the sizes of structs, 8 while one is being measured.
    fn size_of(&self, ty: &Ty, known: &mut BTreeMap<Ty, i64>) -> i64 {
        match ty {
            Ty::Int(w) => i64::from(w.bits / 8),
            Ty::Float | Ty::Char => 4,
            Ty::Bool => 1,
            Ty::Array(t, n) => self.size_of(t, known).saturating_mul(n.unwrap_or(0)),
            Ty::Opt(t) => self.size_of(t, known).saturating_add(8),
            Ty::Struct(..) => {
                if let Some(&n) = known.get(ty) {
                    return n;
                }
                known.insert(ty.clone(), 8);
                let mut size: i64 = 0;
                let mut widest = 1;
                for (_, field, _) in self.fields_of(ty) {
                    let n = self.size_of(&field, known);
                    let align = n.clamp(1, 8);
                    widest = widest.max(align);
                    size = size.saturating_add(align - 1) / align * align;
                    size = size.saturating_add(n);
                }
                let size = size.saturating_add(widest - 1) / widest * widest;
                known.insert(ty.clone(), size);
                size
            }
            Ty::Str => 24,
            _ => 8,
        }
    }
}

fn index(list: ir::Expr, at: ir::Expr, span: Span) -> ir::Expr {
    build::expr(ir::ExprKind::Index(Box::new(list), Box::new(at)), ir::Type::Any, span)
}
