//! What a name means, and how it is read and assigned.

use alloc::{boxed::Box, format, string::String, vec::Vec};

use motet_ir::{self as ir, build};
use motet_source::{Code, Span};

use super::{Binding, GlobalVar, Item, Lowerer, R, V};
use crate::{
    ast::{Expr, ExprKind, Ident},
    names::Name,
    prelude::Builtin,
    types::{Kind, Ty},
};

/// Where a variable lives.
#[derive(Clone, Copy)]
pub(super) enum Place {
    Local(ir::LocalIdx, Ty),
    Capture(u32, Ty),
    Global(GlobalVar, Ty),
}

/// Meaning of a name.
pub(super) enum Meaning<'a> {
    Var(Place),
    Item(Item),
    Builtin(Builtin<'a>),
    Nil,
    Unknown,
}

/// Meaning of `module.name`.
pub(super) enum Member {
    Var(GlobalVar, Ty),
    Item(Item),
}

impl<'a> Lowerer<'a> {
    pub(super) fn variable(&mut self, name: Name) -> Option<Place> {
        let binding = self.bindings.get(name.0 as usize).and_then(|s| s.last()).copied();
        if let Some(b) = binding {
            return Some(self.reach(b, self.level()));
        }
        let unit = self.units.get(self.unit)?;
        let global = unit.globals.get(&name).copied()?;
        global.ty.map(|ty| Place::Global(global, ty))
    }

    /// The binding as seen from the function at `level`, capturing it on the way.
    fn reach(&mut self, b: Binding, level: usize) -> Place {
        if b.level >= level {
            return Place::Local(b.local, b.ty);
        }
        let mut index = 0;
        let ty = self.ir_stored(b.ty);
        for l in b.level + 1..=level {
            let Some(context) = self.contexts.get_mut(l) else { continue };
            index = match context.captured.get(&b.id) {
                Some(&known) => known,
                None => {
                    let new = context.captures.len() as u32;
                    let text = self.names.text(b.name);
                    context.captures.push(ir::Capture { name: String::from(text), ty });
                    context.captured.insert(b.id, new);
                    context.values.push(b);
                    new
                }
            };
        }
        Place::Capture(index, b.ty)
    }

    /// Values for the captures of a closure made in the present function.
    pub(super) fn capture_values(&mut self, captured: &[Binding], span: Span) -> Vec<ir::Expr> {
        let level = self.level();
        let mut values = Vec::with_capacity(captured.len());
        for &b in captured {
            let place = self.reach(b, level);
            values.push(self.read(place, span).e);
        }
        values
    }

    pub(super) fn meaning(&mut self, name: Name) -> Meaning<'a> {
        if let Some(place) = self.variable(name) {
            return Meaning::Var(place);
        }
        if let Some(item) = self.units.get(self.unit).and_then(|u| u.items.get(&name)) {
            return Meaning::Item(item.clone());
        }
        if self.core && self.names.text(name) != "gc" {
            return Meaning::Unknown;
        }
        if name == Name::NIL {
            return Meaning::Nil;
        }
        match self.builtins.get(&name).copied() {
            Some(builtin) => Meaning::Builtin(builtin),
            None => Meaning::Unknown,
        }
    }

    /// The value of a variable.
    pub(super) fn read(&mut self, place: Place, span: Span) -> V {
        match place {
            Place::Local(local, t) => V { e: build::local(local, self.ir_stored(t), span), t },
            Place::Capture(index, t) => {
                let kind = ir::ExprKind::Capture(ir::CaptureIdx(index));
                V { e: build::expr(kind, self.ir_stored(t), span), t }
            }
            Place::Global(global, t) => self.read_global(global, t, span),
        }
    }

    fn read_global(&mut self, global: GlobalVar, t: Ty, span: Span) -> V {
        let e = self.raw_global(global, span);
        V { e: build::cast(self.ir_stored(t), e), t }
    }

    /// Reads a global as it is stored; an error at run time if its `let` has not run.
    pub(super) fn raw_global(&self, global: GlobalVar, span: Span) -> ir::Expr {
        let ty = self.module.globals.get(global.index.index()).map_or(ir::Type::Any, |g| g.ty);
        build::expr(ir::ExprKind::Global(global.index), ty, span)
    }

    /// The global of this name if its `let` has run, else the function.
    fn global_or_function(&mut self, global: ir::GlobalIdx, func: ir::FuncIdx, span: Span) -> ir::Expr {
        let read = || build::expr(ir::ExprKind::GlobalOrUnset(global), ir::Type::Any, span);
        let test = build::expr(ir::ExprKind::IsUnset(Box::new(read())), ir::Type::Bool, span);
        let item = build::expr(ir::ExprKind::Func(func), ir::Type::Func, span);
        build::if_(test, item, read(), span)
    }

    /// The value of a function item.
    pub(super) fn item_value(&mut self, name: Name, item: &Item, unit: usize, span: Span) -> V {
        let global = self.units.get(unit).and_then(|u| u.globals.get(&name)).copied();
        let e = match global {
            Some(global) if item.replaced => {
                let either = self.global_or_function(global.index, item.func, span);
                build::cast(self.ir_stored(item.ty), either)
            }
            _ => build::expr(ir::ExprKind::Func(item.func), ir::Type::Func, span),
        };
        V { e, t: item.ty }
    }

    /// A name used as a value.
    pub(super) fn identifier(&mut self, name: Name, span: Span) -> R<V> {
        let generic = match self.meaning(name) {
            Meaning::Var(Place::Global(global, t)) => {
                let item = self.units.get(self.unit).and_then(|u| u.items.get(&name)).cloned();
                if let Some(item) = item {
                    let either = self.global_or_function(global.index, item.func, span);
                    return Ok(V { e: build::cast(self.ir_stored(t), either), t });
                }
                return Ok(self.read_global(global, t, span));
            }
            Meaning::Var(place) => return Ok(self.read(place, span)),
            Meaning::Item(item) if item.type_params.is_empty() => {
                return Ok(self.item_value(name, &item, self.unit, span));
            }
            Meaning::Nil => return Ok(V { e: build::nil(span), t: Ty::NIL }),
            Meaning::Builtin(builtin) if builtin.is_value() => return Ok(self.builtin_value(builtin, span)),
            Meaning::Item(_) | Meaning::Builtin(_) => true,
            Meaning::Unknown => false,
        };
        let text = self.names.text(name);
        if generic {
            return self.fail(Code::TypeMismatch, span, format!("generic function {text} must be called directly"));
        }
        self.fail(Code::UnknownName, span, format!("undefined variable: {text}"))
    }

    /// Assigns a variable.
    pub(super) fn write(&mut self, place: Place, value: V, span: Span) -> ir::Expr {
        let t = match place {
            Place::Local(_, t) | Place::Capture(_, t) | Place::Global(_, t) => t,
        };
        let value = self.store(value, t);
        let ty = build::statement_type(&[&value]);
        let value = Box::new(value);
        let kind = match place {
            Place::Local(local, _) => ir::ExprKind::SetLocal(local, value),
            Place::Capture(index, _) => ir::ExprKind::SetCapture(ir::CaptureIdx(index), value),
            Place::Global(global, _) => ir::ExprKind::SetGlobal(global.index, value),
        };
        build::expr(kind, ty, span)
    }

    /// The unit that `base` names, if it is a bare module name.
    pub(super) fn module_name(&mut self, base: &Expr) -> Option<(usize, Name)> {
        let ExprKind::Ident(name) = base.kind else { return None };
        let unit = self.units.get(self.unit)?.imports.get(&name).copied()?;
        match self.meaning(name) {
            Meaning::Var(_) | Meaning::Item(_) => None,
            Meaning::Builtin(_) | Meaning::Nil | Meaning::Unknown => Some((unit, name)),
        }
    }

    /// `module.member`.
    pub(super) fn member(&mut self, unit: usize, module: Name, member: Ident, span: Span) -> R<Member> {
        let text = self.names.text(member.name);
        if let Some(names) = self.units.get(unit)
            && !text.starts_with('_')
        {
            if let Some(&global) = names.globals.get(&member.name)
                && let Some(ty) = global.ty
            {
                return Ok(Member::Var(global, ty));
            }
            if let Some(item) = names.items.get(&member.name) {
                return Ok(Member::Item(item.clone()));
            }
        }
        let module = self.names.text(module);
        self.fail(Code::UnknownMember, span, format!("no member {text} in module {module}"))
    }

    /// `module.member` as a value.
    pub(super) fn member_value(&mut self, unit: usize, module: Name, member: Ident, span: Span) -> R<V> {
        match self.member(unit, module, member, span)? {
            Member::Var(global, t) => Ok(self.read_global(global, t, span)),
            Member::Item(item) if item.type_params.is_empty() => Ok(self.item_value(member.name, &item, unit, span)),
            Member::Item(_) => {
                let text = self.names.text(member.name);
                self.fail(Code::TypeMismatch, span, format!("generic function {text} must be called directly"))
            }
        }
    }

    /// A builtin as a value: a native function, or a function around it where Unit must be made explicit.
    fn builtin_value(&mut self, builtin: Builtin<'a>, span: Span) -> V {
        let (params, result) = self.builtin_signature(&builtin);
        let t = self.types.intern(Kind::Func(params, result));
        if result != Ty::UNIT {
            let native = self.builtin_native(builtin, result);
            return V { e: build::expr(ir::ExprKind::Native(native), ir::Type::Func, span), t };
        }
        let func = match self.wrappers.get(builtin.name) {
            Some(&func) => func,
            None => self.wrap_builtin(builtin),
        };
        V { e: build::expr(ir::ExprKind::Func(func), ir::Type::Func, span), t }
    }

    fn wrap_builtin(&mut self, builtin: Builtin<'a>) -> ir::FuncIdx {
        let func = self.reserve_function();
        self.wrappers.insert(builtin.name, func);
        let (params, result) = self.builtin_signature(&builtin);
        self.open_function(Some(result));
        let mut args = Vec::new();
        for &p in &params {
            let ty = self.ir_stored(p);
            let local = self.new_local("$arg", ty);
            args.push(ir::Arg { expr: build::local(local, ty, Span::default()), spread: false });
        }
        let native = self.builtin_native(builtin, result);
        let call = build::expr(ir::ExprKind::CallNative(native, args), ir::Type::Nil, Span::default());
        let body = self.store(V { e: call, t: Ty::UNIT }, Ty::UNIT);
        self.close_function(func, String::from(builtin.name), Span::default(), params.len() as u32, body);
        if let Some(f) = self.module.functions.get_mut(func.index()) {
            f.hidden = true;
        }
        func
    }
}
