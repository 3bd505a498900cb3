//! `match`: tests and bindings of `case` patterns.

use alloc::{boxed::Box, string::String, vec, vec::Vec};

use motet_ir::{BinOp, ClassKind, Expr as Ir, ExprKind as Kind, Family, LocalIdx, Type, build};
use motet_source::Span;

use super::{
    Lowerer,
    variable::{any_typed, share},
};
use crate::{
    ast::{Block, Case, CasePattern, Ctor, Expr},
    builtins::internal,
    symbol::Sym,
};

/// What must hold, and what is bound if it does.
#[derive(Default)]
struct Plan {
    tests: Vec<Ir>,
    binds: Vec<(Sym, Ir)>,
}

/// All of the tests, in order, as a balanced tree.
fn all(mut tests: Vec<Ir>, span: Span) -> Ir {
    match tests.len() {
        0 => build::bool(true, span),
        1 => tests.swap_remove(0),
        n => {
            let right = tests.split_off(n / 2);
            let (a, b) = (all(tests, span), all(right, span));
            build::expr(Kind::And(Box::new(a), Box::new(b)), Type::Bool, span)
        }
    }
}

fn read(local: LocalIdx, span: Span) -> Ir {
    build::local(local, Type::Any, span)
}

impl Lowerer<'_> {
    pub(crate) fn match_statement(
        &mut self,
        subject: &Expr,
        cases: &[Case],
        default: Option<&Block>,
        span: Span,
    ) -> Ir {
        let value = self.expr(subject);
        let subject = self.temp("$subject");
        let mut parts = vec![build::set_local(subject, value, span)];
        let mut arms = Vec::new();
        let mut ends = Vec::new();
        for case in cases {
            let mark = self.mark();
            let mut plan = Plan::default();
            self.plan(&case.pattern, subject, case.span, &mut plan);
            let mut body: Vec<Ir> = Vec::new();
            for (sym, value) in plan.binds {
                body.push(self.bind_case(sym, value, case.span, &mut parts));
            }
            let mut cond = all(plan.tests, case.span);
            if let Some(guard) = &case.guard {
                let guard = self.condition(guard);
                let mut with_guard = core::mem::take(&mut body);
                with_guard.push(guard);
                let guard = build::block(with_guard, case.span);
                cond = build::expr(Kind::And(Box::new(cond), Box::new(guard)), Type::Bool, case.span);
            }
            body.push(self.block(&case.body));
            let body = build::block(body, case.body.span);
            ends.push(self.end_branch(mark, body.ty == Type::Never));
            arms.push((cond, body));
        }
        let default = default.map(|block| {
            let mark = self.mark();
            let body = self.block(block);
            ends.push(self.end_branch(mark, body.ty == Type::Never));
            body
        });
        if default.is_none() {
            ends.push(Some(Vec::new()));
        }
        self.join_branches(ends);
        parts.push(self.arms(arms, default, span));
        build::block(parts, span)
    }

    /// Adds what `pattern` demands of the local `at`.
    fn plan(&mut self, pattern: &CasePattern, at: LocalIdx, span: Span, plan: &mut Plan) {
        match pattern {
            CasePattern::Any => {}
            CasePattern::Bind(sym) => plan.binds.push((*sym, share(read(at, span)))),
            CasePattern::Null => {
                plan.tests.push(build::expr(Kind::IsNil(Box::new(read(at, span))), Type::Bool, span));
            }
            CasePattern::Bool(b) => plan.tests.push(self.same(build::bool(*b, span), at, span)),
            CasePattern::Text(text) => plan.tests.push(self.same(build::str(text.as_str(), span), at, span)),
            CasePattern::Int(n) => plan.tests.push(self.equal(build::int(*n, span), at, span)),
            CasePattern::Float(x) => plan.tests.push(self.equal(build::float(*x, span), at, span)),
            CasePattern::Ctor(ctor, text, payload) => self.plan_ctor(*ctor, text, payload.as_deref(), at, span, plan),
            CasePattern::Tag(text, payload) => self.plan_tag(text, payload.as_deref(), at, span, plan),
            CasePattern::Array(items, rest) => self.plan_array(items, *rest, at, span, plan),
            CasePattern::Dict(entries, rest) => self.plan_dict(entries, *rest, at, span, plan),
            CasePattern::Alternatives(alternatives) => self.plan_alternatives(alternatives, at, span, plan),
        }
    }

    /// Strings, booleans: equal values of the same type.
    fn same(&mut self, value: Ir, at: LocalIdx, span: Span) -> Ir {
        build::binary(Family::Same, BinOp::Eq, value, read(at, span), span)
    }

    /// Numbers, as by `==`; the literal stands on the left, so that no method is asked.
    fn equal(&mut self, value: Ir, at: LocalIdx, span: Span) -> Ir {
        build::truthy(build::binary(Family::Dyn, BinOp::Eq, value, read(at, span), span))
    }

    /// A part of the subject: bound at once, or put into a local and planned on.
    fn plan_part(&mut self, pattern: &CasePattern, part: Ir, span: Span, plan: &mut Plan) {
        match pattern {
            CasePattern::Any => {}
            CasePattern::Bind(sym) => plan.binds.push((*sym, share(part))),
            _ => {
                let local = self.temp("$part");
                // Alternatives may bind the part itself, and a local counts as the owner of its value.
                let part = if matches!(pattern, CasePattern::Alternatives(_)) { share(part) } else { part };
                let set = build::set_local(local, part, span);
                plan.tests.push(build::block(vec![set, build::bool(true, span)], span));
                self.plan(pattern, local, span, plan);
            }
        }
    }

    /// Whether the subject is of the class, or (without payload patterns) the text itself.
    fn class_or_text(&mut self, is_class: Ir, text: &str, payload: bool, at: LocalIdx, span: Span) -> Ir {
        if payload {
            return is_class;
        }
        let is_text = self.same(build::str(text, span), at, span);
        build::expr(Kind::Or(Box::new(is_class), Box::new(is_text)), Type::Bool, span)
    }

    fn plan_ctor(
        &mut self,
        ctor: Ctor,
        text: &str,
        payload: Option<&[CasePattern]>,
        at: LocalIdx,
        span: Span,
        plan: &mut Plan,
    ) {
        let is_class = self.is_ctor(ctor, read(at, span));
        plan.tests.push(self.class_or_text(is_class, text, payload.is_some(), at, span));
        match payload {
            None | Some([]) => {}
            Some([pattern]) if ctor == Ctor::None => match pattern {
                CasePattern::Bind(sym) => plan.binds.push((*sym, build::nil(span))),
                CasePattern::Any => {}
                _ => plan.tests.push(build::bool(false, span)),
            },
            Some([pattern]) => {
                let part = self.ctor_payload(ctor, read(at, span));
                self.plan_part(pattern, part, span, plan);
            }
            Some(_) => plan.tests.push(build::bool(false, span)),
        }
    }

    fn plan_tag(&mut self, text: &str, payload: Option<&[CasePattern]>, at: LocalIdx, span: Span, plan: &mut Plan) {
        let names: Vec<String> = (0..payload.map_or(0, <[_]>::len)).map(|i| alloc::format!("{i}")).collect();
        let class = self.class(text, ClassKind::Variant, &names);
        let is_class = build::expr(Kind::IsClass(Box::new(read(at, span)), class), Type::Bool, span);
        plan.tests.push(self.class_or_text(is_class, text, payload.is_some(), at, span));
        let patterns = payload.unwrap_or(&[]);
        // A single name takes the first payload, whatever their number.
        let lenient = matches!(patterns, [] | [CasePattern::Bind(_) | CasePattern::Any]);
        if !lenient {
            let count = self.internal(internal::PAYLOAD_LEN, Type::Int, vec![read(at, span)], span);
            let wanted = build::int(patterns.len() as i64, span);
            plan.tests.push(build::binary(Family::IntChecked, BinOp::Eq, count, wanted, span));
        }
        for (i, pattern) in patterns.iter().enumerate() {
            let index = build::int(i as i64, span);
            let part = self.internal(internal::PAYLOAD, Type::Any, vec![read(at, span), index], span);
            self.plan_part(pattern, part, span, plan);
        }
    }

    fn plan_array(
        &mut self,
        items: &[CasePattern],
        rest: Option<Option<Sym>>,
        at: LocalIdx,
        span: Span,
        plan: &mut Plan,
    ) {
        // Anything but an array has length -1.
        let len = self.internal(internal::ARRAY_LEN, Type::Int, vec![read(at, span)], span);
        let op = if rest.is_some() { BinOp::Ge } else { BinOp::Eq };
        plan.tests.push(build::binary(Family::IntChecked, op, len, build::int(items.len() as i64, span), span));
        for (i, pattern) in items.iter().enumerate() {
            let index = build::int(i as i64, span);
            let part = any_typed(Kind::Index(Box::new(read(at, span)), Box::new(index)), span);
            self.plan_part(pattern, part, span, plan);
        }
        if let Some(Some(sym)) = rest {
            let from = build::int(items.len() as i64, span);
            let part = self.internal(internal::REST, Type::Any, vec![read(at, span), from], span);
            plan.binds.push((sym, share(part)));
        }
    }

    fn plan_dict(
        &mut self,
        entries: &[(String, CasePattern)],
        rest: Option<Option<Sym>>,
        at: LocalIdx,
        span: Span,
        plan: &mut Plan,
    ) {
        plan.tests.push(build::expr(Kind::IsType(Box::new(read(at, span)), Type::Map), Type::Bool, span));
        for (key, pattern) in entries {
            let key = || build::str(key.as_str(), span);
            plan.tests.push(self.internal(internal::HAS_ENTRY, Type::Bool, vec![read(at, span), key()], span));
            let part = self.internal(internal::ENTRY, Type::Any, vec![read(at, span), key()], span);
            self.plan_part(pattern, part, span, plan);
        }
        if let Some(Some(sym)) = rest {
            let mut args = vec![read(at, span)];
            args.extend(entries.iter().map(|e| build::str(e.0.as_str(), span)));
            let part = self.internal(internal::WITHOUT, Type::Any, args, span);
            plan.binds.push((sym, share(part)));
        }
    }

    /// Each alternative that binds names puts them into locals that all of them share.
    fn plan_alternatives(&mut self, alternatives: &[CasePattern], at: LocalIdx, span: Span, plan: &mut Plan) {
        let mut shared: Vec<(Sym, LocalIdx)> = Vec::new();
        let mut tests = Vec::new();
        for alternative in alternatives {
            let mut inner = Plan::default();
            self.plan(alternative, at, span, &mut inner);
            let mut sets = Vec::new();
            for (sym, value) in inner.binds {
                let local = match shared.iter().find(|s| s.0 == sym) {
                    Some(&(_, local)) => local,
                    None => {
                        let local = self.temp("$part");
                        plan.tests.push(build::block(
                            vec![build::set_local(local, build::nil(span), span), build::bool(true, span)],
                            span,
                        ));
                        shared.push((sym, local));
                        local
                    }
                };
                sets.push(build::set_local(local, value, span));
            }
            if !sets.is_empty() {
                sets.push(build::bool(true, span));
                inner.tests.push(build::block(sets, span));
            }
            tests.push(all(inner.tests, span));
        }
        plan.tests.push(any_of(tests, span));
        plan.binds.extend(shared.into_iter().map(|(sym, local)| (sym, read(local, span))));
    }
}

/// Any of the tests, in order, as a balanced tree.
fn any_of(mut tests: Vec<Ir>, span: Span) -> Ir {
    match tests.len() {
        0 => build::bool(false, span),
        1 => tests.swap_remove(0),
        n => {
            let right = tests.split_off(n / 2);
            let (a, b) = (any_of(tests, span), any_of(right, span));
            build::expr(Kind::Or(Box::new(a), Box::new(b)), Type::Bool, span)
        }
    }
}
