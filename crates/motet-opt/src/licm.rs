//! Moves computations that give the same in every turn of a loop before it.
//!
//! Invariant: only operators that cannot raise on locals and literals move, so
//! it does not matter whether the loop runs at all. Anything that reads memory
//! stays. An expression moves before the outermost loop that changes none of
//! its locals.

use alloc::vec::Vec;

use motet_ir::{Expr, ExprKind, Function, Type, build};

use crate::{
    effects::is_harmless,
    events::{self, Changes, Stretch},
    rewrite::{NewLocals, assign, is_constant, take},
};

pub(crate) fn run(function: &mut Function) {
    let changes = Changes::of(function);
    if !changes.has_loops() {
        return;
    }
    let mut body = take(&mut function.body);
    let mut new = NewLocals::new(function);
    Motion { function, changes: &changes, new: &mut new, loops: Vec::new(), next_loop: 0, reachable: true }
        .expr(&mut body);
    new.store(function);
    function.body = body;
}

struct Motion<'a> {
    function: &'a Function,
    changes: &'a Changes,
    new: &'a mut NewLocals,
    /// The loops around the current node, outermost first, with what moves before them.
    loops: Vec<(Stretch, Vec<Expr>)>,
    next_loop: usize,
    /// Whether evaluation can get here; otherwise locals may be read that were never assigned.
    reachable: bool,
}

impl Motion<'_> {
    fn expr(&mut self, node: &mut Expr) {
        if events::is_loop(node) {
            self.one_loop(node);
        } else if !self.hoist(node) {
            self.operands(node);
        }
        self.reachable &= node.ty != Type::Never;
    }

    fn operands(&mut self, node: &mut Expr) {
        match &mut node.kind {
            ExprKind::If(cond, then, otherwise) => {
                self.expr(cond);
                self.branch(then);
                self.branch(otherwise);
            }
            ExprKind::Choose { cond, then, else_, other, .. } => {
                self.expr(cond);
                self.branch(then);
                self.branch(else_);
                self.branch(other);
            }
            ExprKind::Try { body, handler, .. } => {
                self.branch(body);
                self.branch(handler);
            }
            ExprKind::And(a, b) | ExprKind::Or(a, b) => {
                self.expr(a);
                self.branch(b);
            }
            _ => node.for_each_child_mut(|child| self.expr(child)),
        }
    }

    fn branch(&mut self, node: &mut Expr) {
        let reachable = self.reachable;
        self.expr(node);
        self.reachable = reachable;
    }

    fn one_loop(&mut self, node: &mut Expr) {
        let stretch = self.changes.of_loop(self.next_loop);
        self.next_loop += 1;
        // What is evaluated once is outside.
        match &mut node.kind {
            ExprKind::ForRange { from, to, .. } => {
                self.expr(from);
                self.expr(to);
            }
            ExprKind::ForEach { iter, .. } => self.expr(iter),
            _ => {}
        }
        let reachable = self.reachable;
        self.loops.push((stretch, Vec::new()));
        match &mut node.kind {
            ExprKind::ForRange { body, .. } | ExprKind::ForEach { body, .. } => self.expr(body),
            _ => node.for_each_child_mut(|child| self.expr(child)),
        }
        self.reachable = reachable;
        let Some((_, mut moved)) = self.loops.pop() else { return };
        if !moved.is_empty() {
            let span = node.span;
            moved.push(take(node));
            *node = build::block(moved, span);
        }
    }

    /// Moves the node before a loop, if it can.
    fn hoist(&mut self, node: &mut Expr) -> bool {
        if self.loops.is_empty() || !self.reachable || !is_operator(node) || !is_harmless(None, node) {
            return false;
        }
        let mut level = 0;
        let mut movable = true;
        let mut uses_local = false;
        node.walk(|part| match &part.kind {
            ExprKind::Local(local) => {
                uses_local = true;
                while level < self.loops.len() && self.changes.within(*local, self.loops[level].0) {
                    level += 1;
                }
                movable &= local.index() < self.function.locals.len();
            }
            _ => movable &= is_constant(part) || is_operator(part),
        });
        if !movable || !uses_local || level >= self.loops.len() {
            return false;
        }
        let Some(local) = self.new.add(node.ty) else { return false };
        let (ty, span) = (node.ty, node.span);
        let value = take(node);
        self.loops[level].1.push(assign(local, value, span));
        *node = build::local(local, ty, span);
        true
    }
}

/// Operators whose result depends on their operands only.
fn is_operator(node: &Expr) -> bool {
    let scalar = matches!(node.ty, Type::Int | Type::Float | Type::Bool);
    scalar
        && matches!(
            node.kind,
            ExprKind::Unary(..) | ExprKind::Binary(..) | ExprKind::And(..) | ExprKind::Or(..) | ExprKind::IsNil(_)
        )
}
