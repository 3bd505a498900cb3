//! Conditions, loops, `try`.
//!
//! Loops test at the bottom: one taken branch per turn. Every branch that does
//! not go forward lands on a `loop_head`.

use motet_bytecode::Op;
use motet_ir::{Expr, ExprKind, Family, Label, LocalIdx, UnOp};
use motet_source::Span;

use crate::code::Target;
use crate::expr::Want;
use crate::{Emitter, Loop};

impl Emitter<'_> {
    /// Evaluates a condition; goes to `to` if it is `when`, else on.
    pub fn branch(&mut self, cond: &Expr, to: Target, when: bool) {
        let depth = self.code.depth;
        if self.code.reachable {
            self.branch_of(cond, to, when);
        }
        self.code.depth = depth;
    }

    fn branch_of(&mut self, cond: &Expr, to: Target, when: bool) {
        let span = cond.span;
        match &cond.kind {
            ExprKind::Bool(value) => {
                if *value == when {
                    self.code.branch(|to| Op::Jump { to }, to, span);
                }
            }
            ExprKind::Unary(Family::Bool, UnOp::Not, a) => self.branch(a, to, !when),
            ExprKind::And(a, b) => self.branch_both(a, b, false, to, when),
            ExprKind::Or(a, b) => self.branch_both(a, b, true, to, when),
            ExprKind::If(c, then, otherwise) => self.branch_if(c, then, otherwise, to, when),
            ExprKind::Choose { .. } => {
                // All ways are booleans.
                let other = self.code.target();
                self.choose_branch(cond, to, when, other);
            }
            ExprKind::Truthy(a) if a.ty == motet_ir::Type::Bool => self.branch(a, to, when),
            ExprKind::Block(parts) if !parts.is_empty() => self.branch_block(parts, to, when),
            _ => {
                self.value(cond);
                self.code.branch(|to| if when { Op::JumpIf { to } } else { Op::JumpUnless { to } }, to, span);
            }
        }
    }

    /// `a and b` (`decides` false: a false `a` decides) or `a or b` (`decides` true).
    fn branch_both(&mut self, a: &Expr, b: &Expr, decides: bool, to: Target, when: bool) {
        if decides == when {
            self.branch(a, to, when);
            self.branch(b, to, when);
        } else {
            let skip = self.code.target();
            self.branch(a, skip, decides);
            self.branch(b, to, when);
            let depth = self.code.depth;
            self.code.bind(skip, depth);
        }
    }

    fn branch_if(&mut self, cond: &Expr, then: &Expr, otherwise: &Expr, to: Target, when: bool) {
        let depth = self.code.depth;
        let (other, end) = (self.code.target(), self.code.target());
        self.branch(cond, other, false);
        self.branch(then, to, when);
        self.code.branch(|to| Op::Jump { to }, end, then.span);
        self.code.bind(other, depth);
        self.branch(otherwise, to, when);
        self.code.bind(end, depth);
    }

    fn branch_block(&mut self, parts: &[Expr], to: Target, when: bool) {
        if let Some((last, first)) = parts.split_last() {
            for part in first {
                self.effect(part);
            }
            self.branch(last, to, when);
        }
    }

    /// `and`/`or` as a value: the right operand, or what the left one decided.
    pub fn and_or_value(&mut self, e: &Expr) {
        let (a, b, decides) = match &e.kind {
            ExprKind::And(a, b) => (a, b, false),
            ExprKind::Or(a, b) => (a, b, true),
            _ => return,
        };
        let depth = self.code.depth;
        let (decided, end) = (self.code.target(), self.code.target());
        self.branch(a, decided, decides);
        self.value(b);
        self.code.branch(|to| Op::Jump { to }, end, e.span);
        self.code.bind(decided, depth);
        self.code.emit(if decides { Op::True {} } else { Op::False {} }, e.span);
        self.code.bind(end, depth + 1);
    }

    /// `and`/`or` whose value is not needed.
    pub fn and_or_effect(&mut self, a: &Expr, b: &Expr, decides: bool) {
        let depth = self.code.depth;
        let end = self.code.target();
        self.branch(a, end, decides);
        self.effect(b);
        self.code.bind(end, depth);
    }

    /// A conditional.
    pub fn if_(&mut self, cond: &Expr, then: &Expr, otherwise: &Expr, span: Span, want: Want) {
        let depth = self.code.depth;
        let after = depth + u32::from(want == Want::Value);
        let other = self.code.target();
        if want == Want::Effect && is_nothing(then) {
            self.branch(cond, other, true);
            self.effect(otherwise);
            self.code.bind(other, depth);
            return;
        }
        self.branch(cond, other, false);
        self.gen_want(then, want);
        if want == Want::Effect && is_nothing(otherwise) {
            self.code.bind(other, depth);
            return;
        }
        let end = self.code.target();
        self.code.branch(|to| Op::Jump { to }, end, span);
        self.code.bind(other, depth);
        self.gen_want(otherwise, want);
        self.code.bind(end, after);
    }

    /// A choice by a condition of any type.
    pub fn choose(&mut self, e: &Expr, want: Want) {
        let ExprKind::Choose { cond, then, else_, var, other } = &e.kind else { return };
        let depth = self.code.depth;
        let local = self.local(*var, e.span);
        let (on_other, end) = (self.code.target(), self.code.target());
        let nothing = |way: &Expr| want == Want::Effect && is_nothing(way);
        if nothing(then) {
            self.three_ways(cond, end, true, on_other);
            self.gen_want(else_, want);
        } else {
            let on_false = if nothing(else_) { end } else { self.code.target() };
            self.three_ways(cond, on_false, false, on_other);
            self.gen_want(then, want);
            if !nothing(else_) {
                self.code.branch(|to| Op::Jump { to }, end, e.span);
                self.code.bind(on_false, depth);
                self.gen_want(else_, want);
            }
        }
        self.code.branch(|to| Op::Jump { to }, end, e.span);
        self.code.bind(on_other, depth + 1);
        self.code.emit(Op::SetLocal { local }, other.span);
        self.gen_want(other, want);
        self.code.bind(end, depth + u32::from(want == Want::Value));
    }

    /// Evaluates a condition of any type; goes to `to` if it is `when`, to `other` with the value on the stack if it is
    /// no boolean, else on.
    fn three_ways(&mut self, cond: &Expr, to: Target, when: bool, other: Target) {
        let depth = self.code.depth;
        if self.code.reachable {
            match &cond.kind {
                _ if cond.ty == motet_ir::Type::Bool => self.branch_of(cond, to, when),
                ExprKind::Choose { .. } => self.choose_branch(cond, to, when, other),
                ExprKind::Block(parts) if !parts.is_empty() => {
                    if let Some((last, first)) = parts.split_last() {
                        first.iter().for_each(|part| self.effect(part));
                        self.three_ways(last, to, when, other);
                    }
                }
                _ => {
                    self.value(cond);
                    self.code.branch(|to| Op::UnlessBool { to }, other, cond.span);
                    self.code.branch(|to| if when { Op::JumpIf { to } } else { Op::JumpUnless { to } }, to, cond.span);
                }
            }
        }
        self.code.depth = depth;
    }

    /// A choice as a condition of another: its ways go on where the result leads, as `and` and `or` do.
    fn choose_branch(&mut self, e: &Expr, to: Target, when: bool, no_bool: Target) {
        let ExprKind::Choose { cond, then, else_, var, other } = &e.kind else { return };
        let depth = self.code.depth;
        let local = self.local(*var, e.span);
        let (on_other, end) = (self.code.target(), self.code.target());
        let decided = |way: &Expr| match way.kind {
            ExprKind::Bool(value) => Some(if value == when { to } else { end }),
            _ => None,
        };
        if let Some(on_true) = decided(then) {
            self.three_ways(cond, on_true, true, on_other);
            self.three_ways(else_, to, when, no_bool);
        } else {
            let known = decided(else_);
            let on_false = known.unwrap_or_else(|| self.code.target());
            self.three_ways(cond, on_false, false, on_other);
            self.three_ways(then, to, when, no_bool);
            if known.is_none() {
                self.code.branch(|to| Op::Jump { to }, end, e.span);
                self.code.bind(on_false, depth);
                self.three_ways(else_, to, when, no_bool);
            }
        }
        self.code.branch(|to| Op::Jump { to }, end, e.span);
        self.code.bind(on_other, depth + 1);
        self.code.emit(Op::SetLocal { local }, other.span);
        self.three_ways(other, to, when, no_bool);
        self.code.bind(end, depth);
    }

    /// Leaves the function with a value. Branches return by themselves instead of meeting first.
    pub fn return_value(&mut self, value: &Expr, span: Span) {
        match &value.kind {
            ExprKind::If(cond, then, otherwise) => {
                let depth = self.code.depth;
                let other = self.code.target();
                self.branch(cond, other, false);
                self.return_value(then, span);
                self.code.bind(other, depth);
                self.return_value(otherwise, span);
                self.code.depth = depth;
            }
            ExprKind::Choose { cond, then, else_, var, other } => {
                let depth = self.code.depth;
                let local = self.local(*var, value.span);
                let (on_false, on_other) = (self.code.target(), self.code.target());
                self.three_ways(cond, on_false, false, on_other);
                self.return_value(then, span);
                self.code.bind(on_false, depth);
                self.return_value(else_, span);
                self.code.bind(on_other, depth + 1);
                self.code.emit(Op::SetLocal { local }, other.span);
                self.return_value(other, span);
                self.code.depth = depth;
            }
            ExprKind::Block(parts) if !parts.is_empty() => {
                if let Some((last, first)) = parts.split_last() {
                    for part in first {
                        self.effect(part);
                    }
                    self.return_value(last, span);
                }
            }
            ExprKind::Return(inner) => self.return_value(inner, value.span),
            _ => {
                self.value(value);
                self.code.emit(Op::Return {}, span);
            }
        }
    }

    fn push_loop(&mut self, label: Label, break_depth: u32, continue_depth: u32) -> (Target, Target) {
        let (on_break, on_continue) = (self.code.target(), self.code.target());
        self.loops.push(Loop { label, on_break, break_depth, on_continue, continue_depth });
        (on_break, on_continue)
    }

    /// `while`, with or without condition and step.
    pub fn while_(&mut self, label: Label, cond: Option<&Expr>, body: &Expr, step: Option<&Expr>, span: Span) {
        let cond = match cond {
            Some(Expr { kind: ExprKind::Bool(false), .. }) => return,
            Some(Expr { kind: ExprKind::Bool(true), .. }) | None => None,
            Some(other) => Some(other),
        };
        let depth = self.code.depth;
        let (head, test) = (self.code.target(), self.code.target());
        let (on_break, on_continue) = self.push_loop(label, depth, depth);
        if let Some(cond) = cond {
            self.code.branch(|to| Op::Jump { to }, test, cond.span);
        }
        self.code.bind_loop(head, depth, span);
        self.effect(body);
        self.code.bind(on_continue, depth);
        if let Some(step) = step {
            self.effect(step);
        }
        self.code.bind(test, depth);
        match cond {
            Some(cond) => self.branch(cond, head, true),
            None => self.code.branch(|to| Op::Jump { to }, head, span),
        }
        self.loops.pop();
        self.code.bind(on_break, depth);
    }

    /// Counting loop. The counter and the last value stay on the stack.
    pub fn for_range(&mut self, e: &Expr) {
        let ExprKind::ForRange { label, var, from, to, inclusive, body } = &e.kind else { return };
        let span = e.span;
        let depth = self.code.depth;
        let local = self.local(*var, span);
        self.value(from);
        self.value(to);
        if !self.code.reachable {
            return;
        }
        let head = self.code.target();
        let (on_break, on_continue) = self.push_loop(*label, depth, depth + 2);
        let start = |done| {
            if *inclusive { Op::RangeStartInclusive { local, done } } else { Op::RangeStart { local, done } }
        };
        self.code.branch(start, on_break, span);
        self.code.bind_loop(head, depth + 2, span);
        self.effect(body);
        self.code.bind(on_continue, depth + 2);
        self.code.branch(|body| Op::RangeNext { local, body }, head, span);
        self.loops.pop();
        self.code.bind(on_break, depth);
    }

    /// Iteration by the language's rule. The iterator stays on the stack.
    pub fn for_each(&mut self, label: Label, var: LocalIdx, iter: &Expr, body: &Expr, span: Span) {
        let depth = self.code.depth;
        let local = self.local(var, span);
        self.unary_op(iter, Op::IterStart {}, iter.span);
        if !self.code.reachable {
            return;
        }
        let head = self.code.target();
        let (on_break, on_continue) = self.push_loop(label, depth, depth + 1);
        self.code.branch(|to| Op::Jump { to }, on_continue, span);
        self.code.bind_loop(head, depth + 1, span);
        self.effect(body);
        self.code.bind(on_continue, depth + 1);
        self.code.branch(|body| Op::IterNext { local, body }, head, span);
        self.loops.pop();
        self.code.bind(on_break, depth);
    }

    /// Leaves a loop.
    pub fn break_(&mut self, label: Label, span: Span) {
        let found = self.loops.iter().rev().find(|l| l.label == label).map(|l| (l.break_depth, l.on_break));
        if let Some((depth, to)) = found {
            self.code.unwind_to(depth, to, span);
        }
    }

    /// Next turn of a loop.
    pub fn continue_(&mut self, label: Label, span: Span) {
        let found = self.loops.iter().rev().find(|l| l.label == label).map(|l| (l.continue_depth, l.on_continue));
        if let Some((depth, to)) = found {
            self.code.unwind_to(depth, to, span);
        }
    }

    /// `body`, and `handler` for what it raises.
    pub fn try_(&mut self, body: &Expr, var: LocalIdx, handler: &Expr, span: Span, want: Want) {
        let depth = self.code.depth;
        let local = self.local(var, span);
        self.code.open_try();
        self.gen_want(body, want);
        let parts = self.code.close_try();
        if parts.is_empty() {
            return;
        }
        let end = self.code.target();
        self.code.branch(|to| Op::Jump { to }, end, span);
        self.code.start_handler(&parts, depth);
        self.code.emit(Op::SetLocal { local }, handler.span);
        self.gen_want(handler, want);
        self.code.bind(end, depth + u32::from(want == Want::Value));
    }
}

/// Whether the expression has neither effect nor code when its value is not needed.
fn is_nothing(e: &Expr) -> bool {
    match &e.kind {
        ExprKind::Nil => true,
        ExprKind::Block(parts) => parts.is_empty(),
        _ => false,
    }
}
