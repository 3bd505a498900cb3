//! Which function a call means, and its type arguments.

use alloc::{
    format,
    string::{String, ToString},
    vec::Vec,
};

use motet_source::{Code, Span};

use super::{Lowerer, V, place::Place};
use crate::{
    ast::{Arg, Expr, ExprKind},
    decls::{FuncInfo, builtin, integer},
    names::Name,
    suggest,
    types::{Ty, accepts, unify},
};

/// An argument in the order of the call, the receiver of a method first.
pub(super) struct Slot<'e> {
    pub operand: Operand,
    pub ty: Ty,
    /// As it is written; absent for types.
    pub value: Option<&'e Expr>,
}

/// What an argument is.
pub(super) enum Operand {
    /// It names a type.
    Type,
    /// A literal that takes its type from the parameter, or a `match`.
    Deferred,
    Place(Place),
    Value(V),
}

/// Where a call looks for its function.
#[derive(Clone)]
pub(super) enum Scope {
    /// A bare name.
    Bare,
    /// After a receiver.
    Method,
    /// In certain units.
    Units(Vec<usize>),
}

impl<'a> Lowerer<'a> {
    pub(super) fn slot(&mut self, e: &'a Expr) -> Slot<'a> {
        if let Some(ty) = self.type_of_name(e) {
            return Slot { operand: Operand::Type, ty, value: None };
        }
        let value = Some(e);
        if matches!(e.ungroup().kind, ExprKind::Literal(None, _) | ExprKind::List(_) | ExprKind::Match(_)) {
            return Slot { operand: Operand::Deferred, ty: Ty::Unknown, value };
        }
        if super::place::is_place(e) {
            let place = self.place(e);
            let ty = place.ty.clone();
            return Slot { operand: Operand::Place(place), ty, value };
        }
        let v = self.expr(e, None);
        let ty = v.ty.clone();
        Slot { operand: Operand::Value(v), ty, value }
    }

    /// The type that an expression names, if it names one.
    pub(super) fn type_of_name(&mut self, e: &Expr) -> Option<Ty> {
        match &e.kind {
            ExprKind::Ident(_) => self.as_type(e, &[]),
            ExprKind::Call(callee, args) => self.as_type(callee, args),
            _ => None,
        }
    }

    pub(super) fn as_type(&mut self, callee: &Expr, args: &[Arg]) -> Option<Ty> {
        let ExprKind::Ident(name) = callee.kind else { return None };
        if self.variable(name).is_some() || self.decls.global(name).is_some() {
            return None;
        }
        if self.body.type_params.contains(&name) {
            return Some(Ty::Param(name).substitute(&self.body.bound));
        }
        let text: String = self.text(name).into();
        if let Some(ty) = builtin(&text).filter(|_| args.is_empty()) {
            return Some(ty);
        }
        let first = args.first().map(|a| &a.value);
        match text.as_str() {
            "Array" => {
                let element = self.type_of_name(first?)?;
                let cap = args.get(1).and_then(|a| integer(&self.decls, &a.value));
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

    /// Functions of that name in scope, those of the program first, later ones before earlier ones.
    fn candidates(&self, name: Name, scope: &Scope) -> Vec<usize> {
        let all = self.decls.functions(name).iter().rev().copied();
        let visible = self.visible.get(self.unit);
        let found = all.filter(|&f| {
            let Some(info) = self.decls.funcs.get(f) else { return false };
            let Some(origin) = info.origin else { return !self.in_library() };
            let library = self.is_library(origin);
            if self.in_library() && !library {
                return false;
            }
            match scope {
                Scope::Units(units) => units.contains(&origin.unit),
                Scope::Bare => !library || visible.is_some_and(|v| v.contains(&origin.unit)),
                Scope::Method => true,
            }
        });
        let mut found: Vec<usize> = found.collect();
        if matches!(scope, Scope::Method) {
            // Of modules that are not open, only methods proper.
            let seen = |f: &usize| {
                let Some(info) = self.decls.funcs.get(*f) else { return false };
                let Some(origin) = info.origin else { return true };
                let own = info.params.first().is_some_and(|p| self.names.text(p.name) == "this");
                !self.is_library(origin) || own || visible.is_some_and(|v| v.contains(&origin.unit))
            };
            if found.iter().any(seen) {
                found.retain(seen);
            }
        }
        found
    }

    /// The function and the type arguments that are known so far; reports it if there is none.
    pub(super) fn select(
        &mut self,
        name: Name,
        slots: &[Slot],
        scope: &Scope,
        span: Span,
    ) -> Option<(usize, Vec<(Name, Ty)>)> {
        let candidates = self.candidates(name, scope);
        if candidates.is_empty() {
            self.unknown_function(name, scope, span);
            return None;
        }
        let rank = |f: &usize| {
            let info = self.decls.funcs.get(*f);
            let library = info.and_then(|f| f.origin).is_some_and(|o| self.is_library(o));
            (library, info.is_some_and(|f| !f.type_params.is_empty()))
        };
        let mut ordered = candidates.clone();
        ordered.sort_by_key(rank);
        // First those that take the very types, then those that take them after a conversion of widths or `Any`.
        for exact in [true, false] {
            let found = ordered.iter().find_map(|&f| {
                let info = self.decls.funcs.get(f)?;
                let bound = bindings(info, slots, exact)?;
                Some((f, bound))
            });
            if let Some(found) = found {
                if matches!(scope, Scope::Method) && exact {
                    self.check_ambiguous(name, found.0, &ordered, slots, span);
                }
                return Some(found);
            }
        }
        let same_count: Vec<usize> = ordered
            .iter()
            .copied()
            .filter(|&f| self.decls.funcs.get(f).is_some_and(|f| value_slots(f, slots).is_some()))
            .collect();
        match same_count.as_slice() {
            [only] => Some((*only, given_types(self.decls.funcs.get(*only)?, slots))),
            [] => {
                self.wrong_count(name, &ordered, slots, span);
                None
            }
            _ => {
                let values = slots.iter().filter(|s| !matches!(s.operand, Operand::Type));
                let shown: Vec<String> = values.map(|s| self.show(s.ty.plain())).collect();
                let message = format!("no function '{}' takes ({})", self.text(name), shown.join(", "));
                self.note(Code::TypeMismatch, span, message);
                None
            }
        }
    }

    /// Methods of two modules that fit equally well.
    fn check_ambiguous(&mut self, name: Name, found: usize, ordered: &[usize], slots: &[Slot], span: Span) {
        let package = |s: &Self, f: usize| {
            let origin = s.decls.funcs.get(f)?.origin?;
            let unit = s.units.get(origin.unit)?;
            unit.library.then_some(origin.unit)
        };
        let Some(first) = package(self, found) else { return };
        let generic = |s: &Self, f: usize| s.decls.funcs.get(f).is_some_and(|f| !f.type_params.is_empty());
        let other = ordered.iter().any(|&f| {
            f != found
                && generic(self, f) == generic(self, found)
                && package(self, f).is_some_and(|p| p != first)
                && self.decls.funcs.get(f).is_some_and(|info| bindings(info, slots, true).is_some())
        });
        if other {
            let name = self.text(name);
            let message = format!(
                "ambiguous UFCS call '.{name}(...)' matches functions in multiple modules; use the qualified form \
                 (module.{name}(...))"
            );
            self.note(Code::TypeMismatch, span, message);
        }
    }

    fn unknown_function(&mut self, name: Name, scope: &Scope, span: Span) {
        let shown = self.text(name);
        let elsewhere = self.decls.functions(name).iter().find_map(|&f| {
            let origin = self.decls.funcs.get(f)?.origin?;
            let unit = self.units.get(origin.unit)?;
            Some(package_of(&unit.module).to_string())
        });
        let message = match (scope, elsewhere) {
            (Scope::Bare, Some(m)) => format!(
                "'{shown}' is in package '{m}', which is not open here; use `open {m}` for a bare call, or {m}.<f>(...)"
            )
            .replace("<f>", shown),
            _ if self.variable(name).is_some() => format!("'{shown}' is a variable, not a function"),
            _ => {
                let functions = self.decls.funcs.iter().map(|f| self.names.text(f.name));
                format!("unknown function '{shown}'{}", suggest::among(shown, functions))
            }
        };
        self.note(Code::UnknownName, span, message);
    }

    fn wrong_count(&mut self, name: Name, candidates: &[usize], slots: &[Slot], span: Span) {
        let types = slots.iter().take_while(|s| matches!(s.operand, Operand::Type)).count();
        let values = slots.len() - types;
        let shown = self.text(name);
        let only = match candidates {
            [only] => self.decls.funcs.get(*only),
            _ => None,
        };
        let message = match only {
            Some(f) if types > 0 && types == f.type_params.len() => format!(
                "call to '{shown}' is missing value arguments: it needs {} after its type argument, but {values} were given",
                f.params.len()
            ),
            Some(f) if types > 0 => {
                let n = f.type_params.len();
                format!("'{shown}' takes {n} type argument(s), but {types} were given")
            }
            Some(f) => format!("'{shown}' takes {} argument(s), but {values} were given", f.params.len()),
            None => format!("no function '{shown}' takes {values} argument(s)"),
        };
        self.note(Code::WrongArity, span, message);
    }
}

/// The package of a module: its first component, without the mark of the library.
pub(super) fn package_of(module: &str) -> &str {
    let module = module.strip_prefix(crate::program::LIBRARY).unwrap_or(module);
    module.split('/').next().unwrap_or(module)
}

/// The slots of the values, if their number and that of the types is right.
pub(super) fn value_slots<'s, 'e>(f: &FuncInfo, slots: &'s [Slot<'e>]) -> Option<&'s [Slot<'e>]> {
    let types = slots.iter().take_while(|s| matches!(s.operand, Operand::Type)).count();
    let values = slots.get(types..)?;
    let fits = (types == 0 || types == f.type_params.len()) && values.len() == f.params.len();
    (fits && values.iter().all(|s| !matches!(s.operand, Operand::Type))).then_some(values)
}

/// The type arguments that are written.
fn given_types(f: &FuncInfo, slots: &[Slot]) -> Vec<(Name, Ty)> {
    let types = slots.iter().take_while(|s| matches!(s.operand, Operand::Type));
    f.type_params.iter().copied().zip(types.map(|s| s.ty.clone())).collect()
}

/// Type arguments with which the function takes the arguments, if there are any.
fn bindings(f: &FuncInfo, slots: &[Slot], exact: bool) -> Option<Vec<(Name, Ty)>> {
    let values = value_slots(f, slots)?;
    let mut bound = given_types(f, slots);
    for (p, s) in f.params.iter().zip(values) {
        let known = s.ty.plain();
        if matches!(s.operand, Operand::Deferred) || known.is_open() {
            continue;
        }
        let fits = if f.type_params.is_empty() {
            accepts(&p.ty, &s.ty) && (!exact || is_same_kind(&p.ty, &s.ty))
        } else {
            unify(&p.ty, &s.ty, &mut bound, &f.type_params) || is_number_for(&p.ty, &s.ty, &bound)
        };
        if !fits {
            return None;
        }
    }
    Some(bound)
}

/// Whether no conversion beyond that of integers is needed.
fn is_same_kind(to: &Ty, from: &Ty) -> bool {
    match (to.plain(), from.plain()) {
        (Ty::Any, from) => *from == Ty::Any,
        (Ty::Enum(a), Ty::Enum(b)) => a == b,
        (Ty::Int(_), Ty::Int(_)) => true,
        (Ty::Int(_), Ty::Enum(_)) | (Ty::Enum(_), Ty::Int(_)) => false,
        _ => true,
    }
}

/// Whether a written type argument makes the parameter a number, to which a literal may be converted.
fn is_number_for(param: &Ty, from: &Ty, bound: &[(Name, Ty)]) -> bool {
    let Ty::Param(name) = param.plain() else { return false };
    let given = bound.iter().find(|b| b.0 == *name).map(|b| b.1.plain());
    given.is_some_and(|t| t.numeric().is_some()) && from.plain().numeric().is_some()
}
