//! `match`: which arms must and must not be there, and the chain of comparisons that it becomes.

use alloc::{boxed::Box, collections::BTreeSet, format, string::String, vec, vec::Vec};

use motet_ir::{self as ir, build};
use motet_source::{Code, Span};

use super::{Lowerer, V, types::is_closed};
use crate::{
    ast::{Expr, ExprKind, Match, MatchExpr},
    names::Name,
    types::Ty,
};

impl<'a> Lowerer<'a> {
    /// The subject, evaluated once: the assignment, and the value for each comparison.
    fn subject(&mut self, subject: &'a Expr) -> (ir::Expr, V) {
        let v = self.expr(subject, None);
        let v = if v.ty == Ty::None { v } else { self.deref(v) };
        if v.ty == Ty::Void {
            self.note(Code::TypeMismatch, subject.span, "this call returns nothing");
        }
        let (set, kept) = self.keep(v.e);
        let value = self.read(kept, subject.span);
        (set, V { ty: v.ty, e: value, fresh: false, raw: v.raw })
    }

    pub(super) fn match_statement(&mut self, s: &'a Match, span: Span) -> ir::Expr {
        let was_late = core::mem::replace(&mut self.body.is_late, false);
        let (set, subject) = self.subject(&s.subject);
        let mut named = BTreeSet::new();
        let mut enumeration = None;
        let mut arms = Vec::with_capacity(s.arms.len());
        for (patterns, block) in &s.arms {
            let mut tests = Vec::with_capacity(patterns.len());
            for pattern in patterns {
                tests.push(self.pattern(pattern, &subject));
                if let Some((n, member)) = self.pattern_member(pattern) {
                    enumeration = Some(n);
                    named.insert(member);
                }
            }
            let at = tests.first().map_or(span, |t| t.span);
            let body = self.block(block);
            arms.push((Vec::new(), any_of(tests, at), body));
        }
        let otherwise = s.otherwise.as_ref().map(|(_, block)| self.block(block));
        match enumeration {
            Some(n) => self.enumerated(n, &named, s.otherwise.is_some(), span),
            None => self.open_ended(&subject.ty, s.otherwise.is_some(), span),
        }
        self.body.is_late = was_late;
        // Where every member is named, the last arm needs no test.
        let chain = self.chain(arms, otherwise, span);
        build::block(vec![set, chain], span)
    }

    fn pattern(&mut self, pattern: &'a Expr, subject: &V) -> ir::Expr {
        let v = self.expr(pattern, Some(subject.ty.plain()));
        self.same(subject.clone(), v, pattern.span)
    }

    /// The enum and the member that a pattern names.
    fn pattern_member(&self, pattern: &Expr) -> Option<(usize, Name)> {
        let ExprKind::Field(base, member) = &pattern.ungroup().kind else { return None };
        let ExprKind::Ident(name) = base.kind else { return None };
        match self.decls.named_type(name) {
            Some(Ty::Enum(n)) if self.variable(name).is_none() => Some((*n, member.name)),
            _ => None,
        }
    }

    fn enumerated(&mut self, n: usize, named: &BTreeSet<Name>, default: bool, span: Span) {
        let Some(info) = self.decls.enums.get(n) else { return };
        let shown: String = self.text(info.name).into();
        if default {
            let message = format!(
                "match on enum '{shown}' must not use a 'default' arm; name every variant (remove 'default' and add the \
                 missing cases, or group them with an or-pattern)"
            );
            return self.note(Code::TypeMismatch, span, message);
        }
        if let Some(&missing) = info.members.iter().find(|m| !named.contains(m)) {
            let missing = self.text(missing);
            let message = format!("non-exhaustive match on enum '{shown}': missing case '{shown}.{missing}' (add it)");
            self.note(Code::TypeMismatch, span, message);
        }
    }

    fn open_ended(&mut self, subject: &Ty, default: bool, span: Span) {
        let message = match subject.plain() {
            Ty::Int(_) if !default => "match on Int requires a 'default' arm (its value space is open-ended)",
            Ty::Str if !default => "match on String requires a 'default' arm (its value space is open-ended)",
            Ty::Bool if default => "match on Bool must not use a 'default' arm; handle 'case true' and 'case false'",
            _ => return,
        };
        self.note(Code::TypeMismatch, span, message);
    }

    /// The expression form; its type is that of the first arm.
    pub(super) fn match_expr(&mut self, m: &'a MatchExpr, want: Option<&Ty>, span: Span) -> V {
        let (set, subject) = self.subject(&m.subject);
        let known = want.filter(|t| is_closed(t) && !matches!(t, Ty::Any | Ty::Void));
        let mut result: Option<Ty> = known.map(|t| t.referent().clone());
        let mut arms = Vec::with_capacity(m.arms.len());
        let mut raw = false;
        for (pattern, value) in &m.arms {
            let test = self.pattern(pattern, &subject);
            let v = self.match_value(value, want, &mut result);
            raw |= v.raw;
            arms.push((test, v));
        }
        let otherwise = m.otherwise.as_ref().map(|value| self.match_value(value, want, &mut result));
        raw |= otherwise.as_ref().is_some_and(|v| v.raw);
        let ty = result.unwrap_or(Ty::Unknown);
        // Floats stay what they are: they are rounded where the value is stored.
        let real = matches!(ty, Ty::Float | Ty::Float64);
        let repr = self.repr(&ty);
        let kept = self.local("$match", repr);
        let finish = |s: &mut Self, v: V| {
            let e = if real && v.e.ty == ir::Type::Float { v.e } else { s.owned(v, &ty) };
            build::set_local(kept, build::cast(repr, e), span)
        };
        let mut chain = Vec::with_capacity(arms.len());
        for (test, v) in arms {
            let e = finish(self, v);
            chain.push((Vec::new(), test, e));
        }
        let last = match otherwise {
            Some(v) => finish(self, v),
            None => {
                let default = self.default_of(&ty, span);
                build::set_local(kept, build::cast(repr, default), span)
            }
        };
        let chain = self.chain(chain, Some(last), span);
        let value = self.read(kept, span);
        V { raw: raw && real, ..V::fresh(ty, build::block(vec![set, chain, value], span)) }
    }

    fn match_value(&mut self, value: &'a Expr, want: Option<&Ty>, result: &mut Option<Ty>) -> V {
        let known = result.clone();
        let v = self.expr(value, known.as_ref().or(want));
        match &known {
            Some(first) => self.fits(value, &v.ty, first),
            None if v.ty == Ty::None => *result = want.cloned(),
            None => *result = Some(v.ty.referent().clone()),
        }
        v
    }
}

/// Whether any of the tests holds, evaluated in order; balanced, so that the tree stays flat.
fn any_of(mut tests: Vec<ir::Expr>, span: Span) -> ir::Expr {
    match tests.len() {
        0 => build::bool(false, span),
        1 => tests.remove(0),
        n => {
            let right = tests.split_off(n / 2);
            let (a, b) = (Box::new(any_of(tests, span)), Box::new(any_of(right, span)));
            build::expr(ir::ExprKind::Or(a, b), ir::Type::Bool, span)
        }
    }
}
