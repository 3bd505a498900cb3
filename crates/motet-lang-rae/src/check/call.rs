//! Calls: which function is meant, its type arguments, and whether the
//! arguments may be handed over.

use alloc::{
    format,
    string::{String, ToString},
    vec::Vec,
};

use motet_source::{Code, Span};

use super::Checker;
use crate::{
    ast::{Arg, Expr, ExprKind, Ident, Mode, UnOp},
    decls::{FuncInfo, builtin},
    names::Name,
    types::{Ty, accepts, unify},
};

/// An argument in the order of the call, the receiver of a method first.
struct Slot<'e> {
    /// Absent for a receiver that is a type.
    value: Option<&'e Expr>,
    ty: Ty,
    /// It names a type rather than a value.
    is_type: bool,
    /// A literal that takes its type from the parameter.
    deferred: bool,
}

/// Methods of lists that move, add or remove elements.
const MOVING: &[&str] = &["add", "set", "insert", "remove", "swapRemove", "clear", "drop", "grow", "pop"];

impl Checker<'_> {
    pub(super) fn call(&mut self, callee: &Expr, args: &[Arg], want: Option<&Ty>) -> Ty {
        let ExprKind::Ident(name) = callee.ungroup().kind else {
            self.expr(callee, None);
            self.note(Code::TypeMismatch, callee.span, "only functions can be called");
            return Ty::Unknown;
        };
        // `Array(T, cap: N)` makes an array of defaults.
        if self.text(name) == "Array"
            && let Some(ty) = self.as_type(callee, args)
        {
            return ty;
        }
        let slots = args.iter().map(|a| self.slot(&a.value)).collect();
        self.select(name, slots, callee.span, want)
    }

    pub(super) fn method(&mut self, base: &Expr, name: Ident, args: &[Arg], open: Span, want: Option<&Ty>) -> Ty {
        let mut slots: Vec<Slot> = Vec::new();
        if !self.is_module(base) {
            slots.push(self.slot(base));
        }
        let text: String = self.text(name.name).into();
        if let (Some(receiver), [] | [_]) = (slots.first(), args) {
            match text.as_str() {
                "toString" if args.is_empty() && !receiver.is_type => return Ty::Str,
                "toJson" if args.is_empty() && matches!(receiver.ty.plain(), Ty::Struct(..)) => return Ty::Str,
                "fromJson" if receiver.is_type => {
                    let ty = receiver.ty.clone();
                    for arg in args {
                        let from = self.expr(&arg.value, None);
                        self.fits(&arg.value, &from, &Ty::Str);
                    }
                    return ty;
                }
                _ => {}
            }
        }
        if MOVING.contains(&text.as_str()) && slots.len() == 1 {
            let iterated = self.root(base).and_then(|n| self.variable(n)).is_some_and(|v| v.iterated > 0);
            if iterated && matches!(base.ungroup().kind, ExprKind::Ident(_)) {
                let message = "cannot mutate a List while a collection loop borrows its elements";
                self.note(Code::InvalidTarget, open, message);
            }
        }
        for arg in args {
            let slot = self.slot(&arg.value);
            slots.push(slot);
        }
        self.select(name.name, slots, open, want)
    }

    fn is_module(&self, base: &Expr) -> bool {
        let ExprKind::Ident(name) = base.kind else { return false };
        self.variable(name).is_none() && self.decls.global(name).is_none() && self.modules.contains(&name)
    }

    /// `spawn f(…)`.
    pub(super) fn spawn(&mut self, call: &Expr) -> Ty {
        let before = self.errors.len();
        let result = self.expr(call, None);
        if let ExprKind::Call(callee, args) = &call.ungroup().kind
            && let ExprKind::Ident(name) = callee.kind
            && self.errors.len() == before
        {
            self.check_capture(name, args.len(), call.span);
        }
        Ty::Task(result.into())
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

    fn slot<'e>(&mut self, value: &'e Expr) -> Slot<'e> {
        if let Some(ty) = self.type_of_name(value) {
            return Slot { value: None, ty, is_type: true, deferred: false };
        }
        let deferred =
            matches!(value.ungroup().kind, ExprKind::Literal(None, _) | ExprKind::List(_) | ExprKind::Match(_));
        let ty = if deferred { Ty::Unknown } else { self.expr(value, None) };
        Slot { value: Some(value), ty, is_type: false, deferred }
    }

    /// The type that an expression names, if it names one.
    fn type_of_name(&mut self, e: &Expr) -> Option<Ty> {
        match &e.kind {
            ExprKind::Ident(_) => self.as_type(e, &[]),
            ExprKind::Call(callee, args) => self.as_type(callee, args),
            _ => None,
        }
    }

    fn as_type(&mut self, callee: &Expr, args: &[Arg]) -> Option<Ty> {
        let ExprKind::Ident(name) = callee.kind else { return None };
        if self.variable(name).is_some() || self.decls.global(name).is_some() {
            return None;
        }
        if self.type_params.contains(&name) {
            return Some(Ty::Param(name));
        }
        let text: String = self.text(name).into();
        if let Some(ty) = builtin(&text).filter(|_| args.is_empty()) {
            return Some(ty);
        }
        let first = args.first().map(|a| &a.value);
        match text.as_str() {
            "Array" => {
                let element = self.type_of_name(first?)?;
                let cap = args.get(1).and_then(|a| crate::decls::integer(self.decls, &a.value));
                return Some(Ty::Array(element.into(), cap));
            }
            "Buffer" => return Some(Ty::Buffer(self.type_of_name(first?)?.into())),
            "Task" => return Some(Ty::Task(self.type_of_name(first?)?.into())),
            _ => {}
        }
        let known = self.decls.named_type(name)?.clone();
        match known {
            Ty::Struct(n, own) if !args.is_empty() && own.len() == args.len() => {
                let args: Option<Vec<Ty>> = args.iter().map(|a| self.type_of_name(&a.value)).collect();
                Some(Ty::Struct(n, args?))
            }
            other if args.is_empty() => Some(other),
            _ => None,
        }
    }

    /// Finds the function, checks the arguments against it, gives the result's type.
    fn select(&mut self, name: Name, slots: Vec<Slot>, span: Span, want: Option<&Ty>) -> Ty {
        // Later declarations hide library functions of the same signature.
        let candidates: Vec<usize> = self.decls.functions(name).iter().rev().copied().collect();
        if candidates.is_empty() {
            let message = format!("unknown function '{}'", self.text(name));
            self.note(Code::UnknownName, span, message);
            return self.give_up(&slots);
        }
        let rank = |f: usize| usize::from(self.decls.funcs.get(f).is_some_and(|f| !f.type_params.is_empty()));
        let mut ordered = candidates.clone();
        ordered.sort_by_key(|&f| rank(f));
        let found = ordered.iter().find_map(|&f| Some((f, bindings(self.decls.funcs.get(f)?, &slots)?)));
        if let Some((func, bound)) = found {
            return self.hand_over(func, bound, &slots, want);
        }
        let same_count: Vec<usize> = candidates
            .iter()
            .copied()
            .filter(|&f| self.decls.funcs.get(f).is_some_and(|f| value_slots(f, &slots).is_some()))
            .collect();
        match same_count.as_slice() {
            [only] => self.hand_over(*only, Vec::new(), &slots, want),
            [] => {
                self.wrong_count(name, &candidates, &slots, span);
                self.give_up(&slots)
            }
            _ => {
                let shown: Vec<String> = slots.iter().filter(|s| !s.is_type).map(|s| self.show(s.ty.plain())).collect();
                let message = format!("no function '{}' takes ({})", self.text(name), shown.join(", "));
                self.note(Code::TypeMismatch, span, message);
                self.give_up(&slots)
            }
        }
    }

    /// Checks at least the insides of the arguments that have not been looked at.
    fn give_up(&mut self, slots: &[Slot]) -> Ty {
        for value in slots.iter().filter(|s| s.deferred).filter_map(|s| s.value) {
            self.expr(value, None);
        }
        Ty::Unknown
    }

    fn wrong_count(&mut self, name: Name, candidates: &[usize], slots: &[Slot], span: Span) {
        let types = slots.iter().take_while(|s| s.is_type).count();
        let values = slots.len() - types;
        let shown = self.text(name).to_string();
        let only = match candidates {
            [only] => self.decls.funcs.get(*only),
            _ => None,
        };
        let message = match only {
            Some(f) if types > 0 && types == f.type_params.len() => format!(
                "call to '{shown}' is missing value arguments: it needs {} after its type argument, but {values} were given",
                f.params.len()
            ),
            Some(f) => format!("'{shown}' takes {} argument(s), but {values} were given", f.params.len()),
            None => format!("no function '{shown}' takes {values} argument(s)"),
        };
        self.note(Code::WrongArity, span, message);
    }

    /// Arguments to parameters of the function that was chosen.
    fn hand_over(&mut self, func: usize, mut bound: Vec<(Name, Ty)>, slots: &[Slot], want: Option<&Ty>) -> Ty {
        let Some(info) = self.decls.funcs.get(func) else { return Ty::Unknown };
        let values = value_slots(info, slots).unwrap_or(&[]);
        if let Some(want) = want {
            let open: Vec<Name> =
                info.type_params.iter().copied().filter(|p| !bound.iter().any(|b| b.0 == *p)).collect();
            let mut more = Vec::new();
            if unify(&info.result, want, &mut more, &open) {
                bound.extend(more);
            }
        }
        for p in &info.type_params {
            if !bound.iter().any(|b| b.0 == *p) {
                bound.push((*p, Ty::Unknown));
            }
        }
        let result = info.result.substitute(&bound);
        let params: Vec<(Name, Option<Mode>, Ty)> =
            info.params.iter().map(|p| (p.name, p.mode, p.ty.substitute(&bound))).collect();
        for ((name, mode, ty), slot) in params.iter().zip(values) {
            let Some(value) = slot.value else { continue };
            let from = if slot.deferred { self.expr(value, Some(ty.referent())) } else { slot.ty.clone() };
            self.fits(value, &from, ty);
            if *mode == Some(Mode::Own) {
                self.check_ownership(*name, value, ty);
            }
        }
        result
    }

    /// What somebody else owns is not given away.
    fn check_ownership(&mut self, param: Name, value: &Expr, ty: &Ty) {
        let heap = matches!(ty.plain(), Ty::Str) || ty.plain().is_aggregate();
        let moved = matches!(value.ungroup().kind, ExprKind::Unary(UnOp::Own, _));
        if !heap || moved || !self.is_borrowed(value) {
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
}

/// The slots of the values, if their number and that of the types is right.
fn value_slots<'s, 'e>(f: &FuncInfo, slots: &'s [Slot<'e>]) -> Option<&'s [Slot<'e>]> {
    let types = slots.iter().take_while(|s| s.is_type).count();
    let values = slots.get(types..)?;
    let fits = (types == 0 || types == f.type_params.len()) && values.len() == f.params.len();
    (fits && values.iter().all(|s| !s.is_type)).then_some(values)
}

/// Type arguments with which the function takes the arguments, if there are any.
fn bindings(f: &FuncInfo, slots: &[Slot]) -> Option<Vec<(Name, Ty)>> {
    let values = value_slots(f, slots)?;
    let mut bound: Vec<(Name, Ty)> = Vec::new();
    if slots.len() > values.len() {
        bound.extend(f.type_params.iter().copied().zip(slots.iter().map(|s| s.ty.clone())));
    }
    for (p, s) in f.params.iter().zip(values) {
        let known = s.ty.plain();
        if s.deferred || known.is_open() {
            continue;
        }
        let fits = if f.type_params.is_empty() {
            accepts(&p.ty, &s.ty)
        } else {
            // A number may still be converted where a type argument has fixed the parameter.
            unify(&p.ty, &s.ty, &mut bound, &f.type_params)
        };
        if !fits {
            return None;
        }
    }
    Some(bound)
}
