//! `match`: which arms must and must not be there.

use alloc::{collections::BTreeSet, format, string::String};

use motet_source::{Code, Span};

use super::Checker;
use crate::{
    ast::{Expr, ExprKind, Match, MatchExpr},
    names::Name,
    types::Ty,
};

impl Checker<'_> {
    pub(super) fn match_statement(&mut self, s: &Match, span: Span) {
        let subject = self.expr(&s.subject, None);
        let mut named = BTreeSet::new();
        let mut enumeration = None;
        for (patterns, block) in &s.arms {
            for pattern in patterns {
                self.pattern(pattern, &subject);
                if let Some((n, member)) = self.member(pattern) {
                    enumeration = Some(n);
                    named.insert(member);
                }
            }
            self.block(block);
        }
        if let Some((_, block)) = &s.otherwise {
            self.block(block);
        }
        match enumeration {
            Some(n) => self.enumerated(n, &named, s.otherwise.is_some(), span),
            None => self.open_ended(&subject, s.otherwise.is_some(), span),
        }
    }

    fn pattern(&mut self, pattern: &Expr, subject: &Ty) {
        let from = self.expr(pattern, Some(subject.plain()));
        self.comparable(pattern.span, subject, &from);
    }

    /// The enum and the member that a pattern names.
    fn member(&self, pattern: &Expr) -> Option<(usize, Name)> {
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
    pub(super) fn match_expr(&mut self, m: &MatchExpr, want: Option<&Ty>) -> Ty {
        let subject = self.expr(&m.subject, None);
        let mut result: Option<Ty> = None;
        for (pattern, value) in &m.arms {
            self.pattern(pattern, &subject);
            self.match_value(value, want, &mut result);
        }
        if let Some(value) = &m.otherwise {
            self.match_value(value, want, &mut result);
        }
        result.unwrap_or(Ty::Unknown)
    }

    fn match_value(&mut self, value: &Expr, want: Option<&Ty>, result: &mut Option<Ty>) {
        let from = self.expr(value, want);
        match result {
            Some(first) => self.fits(value, &from, first),
            None => *result = Some(from),
        }
    }
}
