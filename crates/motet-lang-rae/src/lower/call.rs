//! Calls: handing over the arguments, and calling what was chosen.

use alloc::{format, string::String, vec, vec::Vec};

use motet_ir::{self as ir, build};
use motet_source::{Code, Span};

use super::{
    Lowerer, MAX_INSTANCES, V, Work,
    place::Kind,
    select::{Operand, Scope, Slot, value_slots},
    stmt::as_statement,
    types::{is_closed, is_object, needs_copy},
};
use crate::{
    ast::{Arg, Expr, ExprKind, Ident, Mode, UnOp},
    decls::ParamInfo,
    names::Name,
    natives::NATIVES,
    types::{Ty, unify},
};

/// Methods of lists that move, add or remove elements.
const MOVING: &[&str] = &["add", "set", "insert", "remove", "swapRemove", "clear", "drop", "grow", "pop"];
/// Largest type argument.
const MAX_TYPE: usize = 64;

/// What is known about a call.
pub(super) struct Chosen {
    pub func: usize,
    pub bound: Vec<(Name, Ty)>,
    pub params: Vec<(Name, Option<Mode>, Ty)>,
    pub result: Ty,
}

impl<'a> Lowerer<'a> {
    pub(super) fn call(&mut self, callee: &'a Expr, args: &'a [Arg], want: Option<&Ty>) -> V {
        let span = callee.span;
        let ExprKind::Ident(name) = callee.ungroup().kind else {
            self.expr(callee, None);
            self.note(Code::TypeMismatch, span, "only functions can be called");
            return V::new(Ty::Unknown, build::nil(span));
        };
        // `Array(T, cap: N)` makes an array of defaults.
        if self.text(name) == "Array"
            && let Some(ty) = self.as_type(callee, args)
        {
            let e = self.default_of(&ty, span);
            return V::fresh(ty, e);
        }
        let slots = args.iter().map(|a| self.slot(&a.value)).collect();
        self.call_named(name, slots, &Scope::Bare, span, want)
    }

    /// `module.f(…)`.
    pub(super) fn qualified_call(
        &mut self,
        base: &Expr,
        name: Ident,
        args: &'a [Arg],
        open: Span,
        want: Option<&Ty>,
    ) -> V {
        let units = self.module_of(base).unwrap_or_default();
        let slots = args.iter().map(|a| self.slot(&a.value)).collect();
        self.call_named(name.name, slots, &Scope::Units(units), open, want)
    }

    /// `receiver.f(…)`; `base` is the receiver as it is written.
    pub(super) fn method(
        &mut self,
        receiver: Slot<'a>,
        base: &Expr,
        name: Ident,
        args: &'a [Arg],
        open: Span,
        want: Option<&Ty>,
    ) -> V {
        let text = self.text(name.name);
        if let Some(v) = self.built_in_method(text, &receiver, args, open) {
            return v;
        }
        if MOVING.contains(&text) && matches!(base.ungroup().kind, ExprKind::Ident(_)) {
            let iterated = self.root(base).and_then(|n| self.variable(n)).is_some_and(|v| v.iterated > 0);
            if iterated {
                let message = "cannot mutate a List while a collection loop borrows its elements";
                self.note(Code::InvalidTarget, open, message);
            }
        }
        let mut slots = vec![receiver];
        for arg in args {
            let slot = self.slot(&arg.value);
            slots.push(slot);
        }
        self.call_named(name.name, slots, &Scope::Method, open, want)
    }

    /// Methods that every value has.
    fn built_in_method(&mut self, text: &str, receiver: &Slot<'a>, args: &'a [Arg], span: Span) -> Option<V> {
        let is_type = matches!(receiver.operand, Operand::Type);
        match text {
            "toString" if args.is_empty() && !is_type => {
                let v = self.operand(&receiver.operand, receiver.value, &receiver.ty)?;
                let e = self.text_of(v);
                Some(V::new(Ty::Str, e))
            }
            "toJson" if args.is_empty() && !is_type && matches!(receiver.ty.plain(), Ty::Struct(..)) => {
                let v = self.operand(&receiver.operand, receiver.value, &receiver.ty)?;
                Some(self.json_text(v, span))
            }
            "fromJson" if is_type => {
                let [arg] = args else {
                    self.note(
                        Code::WrongArity,
                        span,
                        format!("'fromJson' takes 1 argument(s), but {} were given", args.len()),
                    );
                    return Some(V::fresh(receiver.ty.clone(), build::nil(span)));
                };
                let from = self.expr(&arg.value, None);
                self.fits(&arg.value, &from.ty, &Ty::Str);
                let json = self.convert(from, &Ty::Str);
                Some(self.parsed_json(&receiver.ty, json, span))
            }
            _ => None,
        }
    }

    fn operand(&mut self, operand: &Operand, value: Option<&'a Expr>, want: &Ty) -> Option<V> {
        match operand {
            Operand::Type => None,
            Operand::Deferred => value.map(|e| self.expr(e, Some(want))),
            Operand::Place(place) => Some(self.load(place.clone())),
            Operand::Value(v) => Some(v.clone()),
        }
    }

    /// The units of the module that a receiver names, if it is no value.
    pub(super) fn module_of(&self, base: &Expr) -> Option<Vec<usize>> {
        let ExprKind::Ident(name) = base.kind else { return None };
        if self.variable(name).is_some() || self.decls.global(name).is_some() {
            return None;
        }
        self.qualifiers.get(self.unit)?.get(&name).cloned()
    }

    fn call_named(&mut self, name: Name, slots: Vec<Slot<'a>>, scope: &Scope, span: Span, want: Option<&Ty>) -> V {
        let Some((func, bound)) = self.select(name, &slots, scope, span) else {
            // At least the insides of the arguments that have not been looked at.
            for slot in &slots {
                if let (Operand::Deferred, Some(e)) = (&slot.operand, slot.value) {
                    self.expr(e, None);
                }
            }
            return V::new(Ty::Unknown, build::nil(span));
        };
        self.hand_over(func, bound, slots, span, want)
    }

    /// Arguments to parameters of the function that was chosen.
    fn hand_over(
        &mut self,
        func: usize,
        mut bound: Vec<(Name, Ty)>,
        slots: Vec<Slot<'a>>,
        span: Span,
        want: Option<&Ty>,
    ) -> V {
        if let Some(line) = self.is_log(func)
            && let [slot] = slots.as_slice()
        {
            let v = self.operand(&slot.operand, slot.value, &Ty::Unknown);
            let v = v.unwrap_or_else(|| V::new(Ty::Unknown, build::nil(span)));
            return self.log(v, slot.value, line, span);
        }
        let Some(info) = self.decls.funcs.get(func) else { return V::new(Ty::Unknown, build::nil(span)) };
        let open: Vec<Name> =
            info.type_params.iter().copied().filter(|p| !bound.iter().any(|b| b.0 == *p && is_closed(&b.1))).collect();
        if let Some(want) = want.filter(|_| !open.is_empty()) {
            let mut more = Vec::new();
            if unify(&info.result, want.referent(), &mut more, &open) {
                bound.retain(|b| !more.iter().any(|m| m.0 == b.0));
                bound.extend(more);
            }
        }
        let (type_params, declared) = (info.type_params.clone(), info.result.clone());
        let names: Vec<(Name, Option<Mode>, Ty)> = info.params.iter().map(param).collect();
        let count = value_slots(info, &slots).map_or(0, <[Slot]>::len);
        let values = slots.into_iter().rev().take(count).rev();
        let mut args: Vec<V> = Vec::new();
        for ((name, mode, declared), slot) in names.iter().zip(values) {
            let ty = declared.substitute(&bound);
            let mut value = self.argument(*name, *mode, &ty, &slot);
            if self.body.spawned == Some(span) {
                value = self.captured(value);
            }
            // A literal may be what a parameter of the function is inferred from.
            if !is_closed(&ty) && !matches!(slot.operand, Operand::Deferred) {
                let _ = unify(declared, &value.ty, &mut bound, &type_params);
            }
            args.push(value);
        }
        let unbound = type_params.iter().find(|p| !bound.iter().any(|b| b.0 == **p && b.1 != Ty::Unknown));
        if let Some(p) = unbound.copied() {
            let generic = !self.body.type_params.is_empty() && self.body.bound.is_empty();
            if !generic && self.errors.is_empty() {
                let name = self.decls.funcs.get(func).map_or("", |f| self.names.text(f.name));
                let message =
                    format!("type argument '{}' of '{name}' cannot be inferred; write it first", self.text(p));
                self.note(Code::CannotInfer, span, message);
            }
        }
        for p in &type_params {
            if !bound.iter().any(|b| b.0 == *p) {
                bound.push((*p, Ty::Unknown));
            }
        }
        let result = declared.substitute(&bound);
        let params = names.into_iter().map(|(n, m, t)| (n, m, t.substitute(&bound))).collect();
        self.check_raw_store(func, &bound, span);
        let chosen = Chosen { func, bound, params, result };
        self.emit_call(chosen, args, span)
    }

    /// Whether the function is the library's `log` (with a new line) or `logS`.
    fn is_log(&self, func: usize) -> Option<bool> {
        let info = self.decls.funcs.get(func)?;
        let library = info.is_native && self.is_library(info.origin?);
        match self.names.text(info.name) {
            "log" if library => Some(true),
            "logS" if library => Some(false),
            _ => None,
        }
    }

    /// An argument as its parameter takes it.
    fn argument(&mut self, name: Name, mode: Option<Mode>, ty: &Ty, slot: &Slot<'a>) -> V {
        let Some(value) = slot.value else { return V::new(Ty::Unknown, build::nil(Span::default())) };
        let span = value.span;
        let deferred = match &slot.operand {
            Operand::Deferred => Some(self.expr(value, Some(ty.referent()))),
            _ => None,
        };
        let from = deferred.as_ref().map_or(&slot.ty, |v| &v.ty).clone();
        self.fits(value, &from, ty);
        if mode == Some(Mode::Own) {
            self.check_ownership(name, value, ty);
        }
        let target = ty.unwrap_opt().referent().clone();
        let by_reference = matches!(ty.unwrap_opt(), Ty::Ref(true, _)) && !is_object(&target) && is_closed(&target);
        if by_reference {
            let place = match (deferred, &slot.operand) {
                (Some(v), _) => self.value_place(v, span),
                (None, Operand::Place(place)) => place.clone(),
                (None, Operand::Value(v)) => self.value_place(v.clone(), span),
                (None, _) => return V::new(Ty::Unknown, build::nil(span)),
            };
            let e = if matches!(ty, Ty::Opt(_)) {
                self.optional_reference(place)
            } else if let Kind::Value(v) = &place.kind
                && v.ty.is_reference()
            {
                v.e.clone()
            } else {
                self.converted_reference(place, &target)
            };
            return V::new(ty.clone(), e);
        }
        let v = match deferred {
            Some(v) => v,
            None => match self.operand(&slot.operand, slot.value, ty) {
                Some(v) => v,
                None => return V::new(Ty::Unknown, build::nil(span)),
            },
        };
        let by_value = matches!(ty.unwrap_opt(), Ty::Ref(..));
        let raw_ty = v.ty.clone();
        let e = if by_value { self.convert(v, &without_reference(ty)) } else { self.owned(v, ty) };
        // Open parameters keep what is known about their argument.
        let ty = if is_closed(ty) { ty.clone() } else { raw_ty };
        V::new(ty, e)
    }

    /// A reference to a place of another storage than the parameter's is one to a copy.
    fn converted_reference(&mut self, place: super::place::Place, target: &Ty) -> ir::Expr {
        if place.stored == *target || !matches!(place.kind, Kind::Value(_) | Kind::Length(..) | Kind::Cap(_)) {
            return self.reference(place);
        }
        let span = place.span;
        let v = self.load(place);
        let value = self.convert(v, target);
        build::expr(ir::ExprKind::NewCell(value.into()), ir::Type::Any, span)
    }

    /// What somebody else owns is not given away.
    fn check_ownership(&mut self, param: Name, value: &Expr, ty: &Ty) {
        let heap = matches!(ty.plain(), Ty::Str) || ty.plain().is_aggregate();
        let moved = matches!(value.ungroup().kind, ExprKind::Unary(UnOp::Own, _));
        if !heap || moved || self.in_library() || !self.is_borrowed(value) {
            return;
        }
        let Some(path) = self.path(value) else { return };
        let message = format!(
            "argument for '{}' does not own its value, but the parameter is 'own {}'. Write '\"{{{path}}}\"' (or another \
             expression that produces a fresh value) to give the callee its own copy, or 'own <expr>' to transfer \
             ownership deliberately",
            self.text(param),
            self.show(ty)
        );
        self.note(Code::TypeMismatch, value.span, message);
    }

    /// Raw storage of what owns memory is the library's business.
    fn check_raw_store(&mut self, func: usize, bound: &[(Name, Ty)], span: Span) {
        let name = self.decls.funcs.get(func).map_or("", |f| self.names.text(f.name));
        let Some((_, ty)) = bound.first().filter(|_| name == "rae_ext_rae_buf_set" && !self.in_library()) else {
            return;
        };
        if needs_copy(ty) || *ty.plain() == Ty::Str {
            let message = format!(
                "raw rae_ext_rae_buf_set with cascade-drop element type '{}' is not allowed in user code (it would leak \
                 the existing slot's owned fields); use a stdlib helper like List.set / StringMap.set instead",
                self.show(ty)
            );
            self.note(Code::TypeMismatch, span, message);
        }
    }

    /// The call itself.
    fn emit_call(&mut self, chosen: Chosen, args: Vec<V>, span: Span) -> V {
        let Some(info) = self.decls.funcs.get(chosen.func) else { return V::new(Ty::Unknown, build::nil(span)) };
        let (origin, is_native) = (info.origin, info.is_native);
        let closed = chosen.bound.iter().all(|b| is_closed(&b.1));
        let name = self.names.text(info.name);
        let result = chosen.result.clone();
        if !closed {
            // Inside an open generic function, or after a problem.
            return V::fresh(result, build::nil(span));
        }
        if is_native {
            return self.call_extern(name, origin.is_none(), chosen, args, span);
        }
        let types: Vec<Ty> = chosen.bound.iter().map(|b| b.1.clone()).collect();
        let func = self.instance(chosen.func, &order(&chosen, types, self), span);
        let repr = self.repr(&result);
        let params: Vec<ir::Type> = chosen.params.iter().map(|(_, m, t)| self.param_repr(*m, t)).collect();
        let args = args.into_iter().zip(params).map(|(v, repr)| build::cast(repr, v.e)).collect();
        V::fresh(result, build::call(func, args, repr, span))
    }

    fn call_extern(&mut self, name: &str, host: bool, chosen: Chosen, args: Vec<V>, span: Span) -> V {
        if let Some(v) = self.intrinsic(name, &chosen, &args, span) {
            return v;
        }
        let native =
            if host { String::from(name) } else { format!("rae.{}", name.strip_prefix("rae_ext_").unwrap_or(name)) };
        if !host && !NATIVES.iter().any(|n| n.name == native) {
            self.note(Code::UnknownName, span, format!("there is no native function '{name}'"));
            return V::new(Ty::Unknown, build::nil(span));
        }
        let args = args.into_iter().map(|v| v.e).collect();
        let result = chosen.result;
        let repr = self.repr(&result);
        if !host && self.is_trusted(chosen.func, &result) {
            return V::fresh(result, self.call_native(&native, repr, args, span));
        }
        let e = self.call_native(&native, ir::Type::Any, args, span);
        if matches!(result, Ty::Void | Ty::Any | Ty::Opt(_)) {
            let e = if result == Ty::Void { as_statement(e) } else { e };
            return V::fresh(result, e);
        }
        let v = self.plain(V::fresh(Ty::Opt(result.clone().into()), e));
        let raw = result == Ty::Float;
        let e = self.convert(V { raw, ..v }, &result);
        V::fresh(result, e)
    }

    /// Whether the native function behind a function of the library gives what its declaration says, in every overload.
    fn is_trusted(&self, func: usize, result: &Ty) -> bool {
        let Some(info) = self.decls.funcs.get(func) else { return false };
        let simple = matches!(result, Ty::Int(_) | Ty::Bool | Ty::Str | Ty::Char) || self.is_list(result);
        let library = info.origin.is_some_and(|o| self.is_library(o));
        let all = self.decls.functions(info.name).iter().filter_map(|&f| self.decls.funcs.get(f));
        simple && library && all.filter(|f| f.is_native).all(|f| f.result == *result)
    }

    /// The IR type of a parameter: scalars that are viewed are plain values.
    pub(super) fn param_repr(&mut self, mode: Option<Mode>, ty: &Ty) -> ir::Type {
        match (mode, ty) {
            (Some(Mode::View), _) => {
                let ty = without_reference(ty);
                self.repr(&ty)
            }
            _ => self.repr(ty),
        }
    }

    /// The function for these type arguments.
    pub(super) fn instance(&mut self, func: usize, args: &[Ty], span: Span) -> ir::FuncIdx {
        let key = (func, args.to_vec());
        if let Some(&f) = self.instances.get(&key) {
            return f;
        }
        let Some(info) = self.decls.funcs.get(func) else { return ir::FuncIdx(0) };
        if !args.is_empty() {
            let many = self.instances.len() >= MAX_INSTANCES;
            if many || args.iter().any(|t| t.size() > MAX_TYPE) {
                if !self.too_many {
                    let message = "this call needs too many specialisations of generic functions";
                    self.too_many = true;
                    self.note(Code::TooLarge, span, message);
                }
                return ir::FuncIdx(0);
            }
        }
        let bound: Vec<(Name, Ty)> = info.type_params.iter().copied().zip(args.iter().cloned()).collect();
        let params: Vec<(Option<Mode>, Ty)> = info.params.iter().map(|p| (p.mode, p.ty.substitute(&bound))).collect();
        let result = info.result.substitute(&bound);
        let (name, fname) = (String::from(self.names.text(info.name)), info.name);
        let library = info.origin.is_some_and(|o| self.is_library(o));
        let position = self.decls.functions(fname).binary_search(&func).unwrap_or(0);
        let earlier = self.decls.functions(fname).iter().take(position).filter(|&&f| {
            let other = self.decls.funcs.get(f).and_then(|f| f.origin);
            other.is_some_and(|o| self.is_library(o)) == library
        });
        let mut shown = match earlier.count() {
            0 => name,
            n => format!("{name}#{}", n + 1),
        };
        if !args.is_empty() {
            let args: Vec<String> = args.iter().map(|t| self.show(t)).collect();
            shown = format!("{shown}({})", args.join(", "));
        }
        if library {
            shown.insert_str(0, "rae:");
        }
        let params: Vec<ir::Type> = params.iter().map(|(m, t)| self.param_repr(*m, t)).collect();
        let result = self.repr(&result);
        let at = self.reserve(shown, params, result, library, span);
        self.instances.insert(key, at);
        self.queue.push_back(Work::Instance { func, args: args.to_vec(), at });
        at
    }

    // ---- tasks

    /// `spawn f(…)`.
    pub(super) fn spawn(&mut self, call: &'a Expr) -> V {
        let before = self.errors.len();
        if !is_spawnable(call) {
            self.note(Code::TypeMismatch, call.span, "only a call can be spawned");
        }
        let spawned = match &call.ungroup().kind {
            ExprKind::Call(callee, _) => callee.span,
            _ => call.ungroup().span,
        };
        let outer = self.body.spawned.replace(spawned);
        let v = self.expr(call, None);
        self.body.spawned = outer;
        if self.errors.len() == before {
            match &call.ungroup().kind {
                ExprKind::Call(callee, args) => {
                    if let ExprKind::Ident(name) = callee.ungroup().kind {
                        self.check_capture(name, args.len(), call.span);
                    }
                }
                ExprKind::Method(_, name, args) => self.check_capture(name.name, args.len() + 1, call.span),
                _ => {}
            }
        }
        self.lower_spawn(v)
    }

    /// The task that runs a call.
    fn lower_spawn(&mut self, call: V) -> V {
        let span = call.e.span;
        let ty = Ty::Task(call.ty.referent().clone().into());
        let (callee, args) = match call.e.kind {
            ir::ExprKind::Call(f, args) => (ir::ExprKind::Func(f), args),
            _ => {
                if is_closed(&call.ty) && self.errors.is_empty() {
                    self.note(Code::TypeMismatch, span, "only functions with a body can be spawned");
                }
                return V::fresh(ty, build::nil(span));
            }
        };
        let mut all = vec![build::expr(callee, ir::Type::Func, span)];
        all.extend(args);
        V::fresh(ty, self.call_native("rae.spawn", ir::Type::Any, all, span))
    }

    /// What a reference refers to is captured as it is now.
    fn captured(&mut self, v: V) -> V {
        let span = v.e.span;
        match &v.ty {
            Ty::Ref(true, t) if !is_object(t) => {
                let value = self.call_native("rae.ref_get", ir::Type::Any, vec![v.e], span);
                V {
                    e: build::expr(ir::ExprKind::NewCell(value.into()), ir::Type::Any, span),
                    ..V::new(v.ty, build::nil(span))
                }
            }
            _ => v,
        }
    }

    /// Nothing but scalars may be shared with a task.
    fn check_capture(&mut self, name: Name, count: usize, span: Span) {
        let candidates = self.decls.functions(name).iter().filter_map(|f| self.decls.funcs.get(*f));
        let shared =
            candidates.filter(|f| f.params.len() == count).flat_map(|f| &f.params).find_map(|p| match p.mode {
                Some(mode @ (Mode::View | Mode::Mod)) if !p.ty.plain().is_scalar() => Some((p.name, mode)),
                _ => None,
            });
        if let Some((param, mode)) = shared {
            let message = format!(
                "cannot spawn: parameter '{}' is a {} of non-scalar data, which would be shared across the task \
                 boundary; pass it as own or copy",
                self.text(param),
                mode.text()
            );
            self.note(Code::TypeMismatch, span, message);
        }
    }
}

fn is_spawnable(e: &Expr) -> bool {
    matches!(e.ungroup().kind, ExprKind::Call(..) | ExprKind::Method(..))
}

/// The type arguments in the order of the parameters.
fn order(chosen: &Chosen, given: Vec<Ty>, lowerer: &Lowerer) -> Vec<Ty> {
    let Some(info) = lowerer.decls.funcs.get(chosen.func) else { return given };
    let find = |p: &Name| chosen.bound.iter().find(|b| b.0 == *p).map_or(Ty::Unknown, |b| b.1.clone());
    info.type_params.iter().map(find).collect()
}

fn param(p: &ParamInfo) -> (Name, Option<Mode>, Ty) {
    (p.name, p.mode, p.ty.clone())
}

/// The type of the value that a viewed parameter gets.
pub(super) fn without_reference(ty: &Ty) -> Ty {
    match ty {
        Ty::Ref(_, t) => (**t).clone(),
        Ty::Opt(t) => Ty::Opt(t.referent().clone().into()),
        other => other.clone(),
    }
}
