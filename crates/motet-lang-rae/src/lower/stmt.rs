//! Statements and blocks.

use alloc::{boxed::Box, vec, vec::Vec};

use motet_ir::{self as ir, build};
use motet_source::{Code, Span};

use super::{Context, Lowerer};
use crate::{
    ast::{Binding, Block, Cond, Expr, ExprKind, If, Stmt, StmtKind, UnOp},
    types::Ty,
};

/// Longest chain of conditions that becomes nested nodes.
const MAX_CHAIN: usize = 32;

impl<'a> Lowerer<'a> {
    /// A block with variables of its own.
    pub(super) fn block(&mut self, block: &'a Block) -> ir::Expr {
        self.body.blocks.push(self.body.scope.len());
        let e = self.stmts(block, None);
        self.leave();
        e
    }

    pub(super) fn leave(&mut self) {
        let start = self.body.blocks.pop().unwrap_or(0);
        self.body.scope.truncate(start);
    }

    /// The statements of a block, `first` before them.
    pub(super) fn stmts(&mut self, block: &'a Block, first: Option<ir::Expr>) -> ir::Expr {
        let deferred = block.stmts.iter().any(|s| match &s.kind {
            StmtKind::Defer(_) => true,
            StmtKind::Binding(b) => self.is_task(b),
            _ => false,
        });
        let was_late = core::mem::replace(&mut self.body.is_late, deferred);
        let e = if deferred {
            self.deferred_block(block, first)
        } else {
            let mut parts: Vec<ir::Expr> = first.into_iter().collect();
            for stmt in &block.stmts {
                parts.push(self.stmt(stmt));
            }
            build::block(parts, block.span)
        };
        self.body.is_late = was_late;
        e
    }

    pub(super) fn stmt(&mut self, stmt: &'a Stmt) -> ir::Expr {
        let span = stmt.span;
        match &stmt.kind {
            StmtKind::Binding(b) => self.binding(b),
            StmtKind::Destructure(bindings, value) => {
                self.expr(value, None);
                self.note(Code::CompileTime, span, "several results are not supported");
                for (name, _) in bindings {
                    self.declare_owner(*name, Ty::Unknown, super::Role::Let, build::nil(span));
                }
                build::nil(span)
            }
            StmtKind::Ret(values) => self.ret(values, span),
            StmtKind::If(s) => self.if_statement(s, span),
            StmtKind::Loop(s) => self.loop_statement(s, span),
            StmtKind::Break | StmtKind::Continue => {
                let out = matches!(stmt.kind, StmtKind::Break);
                if self.body.loops == 0 {
                    let word = if out { "break" } else { "continue" };
                    let message = alloc::format!("'{word}' is only valid inside a loop");
                    self.note(Code::MisplacedControl, span, message);
                    return build::nil(span);
                }
                self.leave_turn(out, span)
            }
            StmtKind::Match(s) => self.match_statement(s, span),
            StmtKind::Defer(block) => self.defer(block, span),
            StmtKind::TaskScope(block) => self.block(block),
            StmtKind::Assign(target, value) => self.assign(target, value, span),
            StmtKind::Expr(e) => self.expr_statement(e),
        }
    }

    pub(super) fn expr_statement(&mut self, e: &'a Expr) -> ir::Expr {
        match &e.ungroup().kind {
            ExprKind::Postfix(op, a) | ExprKind::Unary(op @ (UnOp::Inc | UnOp::Dec), a) => {
                self.step_of(a, *op == UnOp::Inc, None, e.span).e
            }
            _ => self.expr(e, None).e,
        }
    }

    fn if_statement(&mut self, s: &'a If, span: Span) -> ir::Expr {
        let mut arms = Vec::with_capacity(s.arms.len());
        for (cond, then) in &s.arms {
            self.body.blocks.push(self.body.scope.len());
            let was_late = core::mem::replace(&mut self.body.is_late, false);
            let (before, test) = match cond {
                Cond::Expr(e) => {
                    let v = self.expr(e, None);
                    (Vec::new(), self.condition(v, e))
                }
                Cond::Let(b) => self.narrowing(b),
            };
            self.body.blocks.push(self.body.scope.len());
            let first = self.pending();
            let then = self.stmts(then, first);
            self.leave();
            self.leave();
            self.body.is_late = was_late;
            arms.push((before, test, then));
        }
        let otherwise = s.otherwise.as_ref().map(|b| self.block(b));
        self.chain(arms, otherwise, span)
    }

    /// Conditions in order, each with what is done where it is the first that holds.
    pub(super) fn chain(
        &mut self,
        arms: Vec<(Vec<ir::Expr>, ir::Expr, ir::Expr)>,
        otherwise: Option<ir::Expr>,
        span: Span,
    ) -> ir::Expr {
        if arms.len() <= MAX_CHAIN {
            let mut e = otherwise.map_or_else(|| build::nil(span), as_statement);
            for (mut before, test, then) in arms.into_iter().rev() {
                let at = test.span;
                e = build::if_(test, as_statement(then), e, at);
                if !before.is_empty() {
                    before.push(e);
                    e = build::block(before, at);
                }
            }
            return e;
        }
        // One turn of a loop, so that the tree does not grow deep.
        let label = self.label();
        let out = || build::expr(ir::ExprKind::Break(label), ir::Type::Never, span);
        let mut parts = Vec::new();
        for (before, test, then) in arms {
            parts.extend(before);
            let at = test.span;
            let then = build::block(vec![then, out()], at);
            parts.push(build::if_(test, then, build::nil(at), at));
        }
        parts.extend(otherwise);
        parts.push(out());
        one_turn(label, parts, span)
    }

    // ---- defer

    /// A block with `defer`s: one turn of a loop that every way out of the block leaves, then the deferred blocks that
    /// were reached, latest first, then the way out.
    fn deferred_block(&mut self, block: &'a Block, first: Option<ir::Expr>) -> ir::Expr {
        let span = block.span;
        let label = self.label();
        self.body.is_late = false;
        let exit = self.local("$exit", ir::Type::Int);
        self.body.is_late = true;
        let late = core::mem::take(&mut self.body.late);
        self.body.contexts.push(Context::Deferred { label, exit, ways: [false; 4], blocks: Vec::new() });
        let mut parts: Vec<ir::Expr> = first.into_iter().collect();
        for stmt in &block.stmts {
            parts.push(self.stmt(stmt));
        }
        parts.push(build::expr(ir::ExprKind::Break(label), ir::Type::Never, span));
        let zeros = core::mem::replace(&mut self.body.late, late);
        let Some(Context::Deferred { ways, blocks, .. }) = self.body.contexts.pop() else {
            return build::block(parts, span);
        };
        let mut all = zeros;
        for (reached, _) in &blocks {
            all.push(build::set_local(*reached, build::bool(false, span), span));
        }
        all.push(build::set_local(exit, build::int(0, span), span));
        all.push(one_turn(label, parts, span));
        for (reached, body) in blocks.into_iter().rev() {
            let test = build::local(reached, ir::Type::Bool, span);
            all.push(build::if_(test, as_statement(body), build::nil(span), span));
        }
        self.body.is_late = false;
        for (way, occurs) in ways.into_iter().enumerate().skip(1) {
            if occurs {
                let is = build::local(exit, ir::Type::Int, span);
                let is = build::binary(ir::Family::Int, ir::BinOp::Eq, is, build::int(way as i64, span), span);
                let go = match way {
                    1 => {
                        let kept = self.kept_result(span);
                        self.leave_function(kept, span)
                    }
                    way => self.leave_turn(way == 2, span),
                };
                all.push(build::if_(is, go, build::nil(span), span));
            }
        }
        build::block(all, span)
    }

    /// The statement `defer`.
    fn defer(&mut self, block: &'a Block, span: Span) -> ir::Expr {
        let was_late = core::mem::replace(&mut self.body.is_late, false);
        let reached = self.local("$defer", ir::Type::Bool);
        // The block runs outside of the one that it belongs to, and is no part of a loop.
        let context = self.body.contexts.pop();
        let loops = core::mem::take(&mut self.body.loops);
        let body = self.block(block);
        self.body.loops = loops;
        self.body.contexts.extend(context);
        self.body.is_late = was_late;
        if let Some(Context::Deferred { blocks, .. }) = self.body.contexts.last_mut() {
            blocks.push((reached, body));
        }
        build::set_local(reached, build::bool(true, span), span)
    }

    /// Whether a binding may hold a task, which is joined at the end of the block.
    fn is_task(&self, b: &Binding) -> bool {
        let spawns = b.value.as_ref().is_some_and(|e| matches!(e.ungroup().kind, ExprKind::Unary(UnOp::Spawn, _)));
        spawns || b.ty.as_ref().is_some_and(|t| !t.is_reference() && self.text(t.name.name) == "Task")
    }

    /// Joins a task when the block of its variable ends.
    pub(super) fn join_later(&mut self, local: ir::LocalIdx, span: Span) -> ir::Expr {
        if !matches!(self.body.contexts.last(), Some(Context::Deferred { .. })) {
            return build::nil(span);
        }
        let was_late = core::mem::replace(&mut self.body.is_late, false);
        let reached = self.local("$join", ir::Type::Bool);
        let task = self.read(local, span);
        let body = self.call_native("rae.task_get", ir::Type::Any, vec![task], span);
        self.body.is_late = was_late;
        if let Some(Context::Deferred { blocks, .. }) = self.body.contexts.last_mut() {
            blocks.push((reached, body));
        }
        build::set_local(reached, build::bool(true, span), span)
    }

    fn kept_result(&mut self, span: Span) -> ir::Expr {
        let result = self.body.result.clone();
        let repr = self.repr(&result);
        match self.body.kept {
            Some(kept) => build::cast(repr, build::local(kept, ir::Type::Any, span)),
            None => build::nil(span),
        }
    }

    /// Leaves the function with a value of the type of its result.
    pub(super) fn leave_function(&mut self, value: ir::Expr, span: Span) -> ir::Expr {
        let way = self.body.contexts.iter_mut().rev().find_map(|c| match c {
            Context::Deferred { label, exit, ways, .. } => {
                ways[1] = true;
                Some((*label, *exit))
            }
            Context::Loop(_) => None,
        });
        let Some((label, exit)) = way else { return build::return_(value, span) };
        let kept = match self.body.kept {
            Some(kept) => kept,
            None => {
                let was_late = core::mem::replace(&mut self.body.is_late, false);
                let kept = self.local("$result", ir::Type::Any);
                self.body.is_late = was_late;
                self.body.kept = Some(kept);
                kept
            }
        };
        let keep = build::set_local(kept, value, span);
        let note = build::set_local(exit, build::int(1, span), span);
        build::block(vec![keep, note, build::expr(ir::ExprKind::Break(label), ir::Type::Never, span)], span)
    }

    /// `break` or `continue`.
    pub(super) fn leave_turn(&mut self, out: bool, span: Span) -> ir::Expr {
        match self.body.contexts.last_mut() {
            Some(Context::Loop(label)) => {
                let kind = if out { ir::ExprKind::Break(*label) } else { ir::ExprKind::Continue(*label) };
                build::expr(kind, ir::Type::Never, span)
            }
            Some(Context::Deferred { label, exit, ways, .. }) => {
                let way = if out { 2 } else { 3 };
                ways[way] = true;
                let (label, exit) = (*label, *exit);
                let note = build::set_local(exit, build::int(way as i64, span), span);
                build::block(vec![note, build::expr(ir::ExprKind::Break(label), ir::Type::Never, span)], span)
            }
            None => build::nil(span),
        }
    }
}

/// A loop whose only turn is left by `Break`.
pub(super) fn one_turn(label: ir::Label, parts: Vec<ir::Expr>, span: Span) -> ir::Expr {
    let body = Box::new(build::block(parts, span));
    build::expr(ir::ExprKind::While { label, cond: None, body, step: None }, ir::Type::Nil, span)
}

/// Without a value.
pub(super) fn as_statement(e: ir::Expr) -> ir::Expr {
    if matches!(e.ty, ir::Type::Nil | ir::Type::Never) {
        return e;
    }
    let span = e.span;
    build::block(vec![e, build::nil(span)], span)
}
