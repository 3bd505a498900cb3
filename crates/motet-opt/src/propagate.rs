//! Constant and copy propagation: a read of a local that certainly holds a
//! constant, or the same as another local, becomes that constant or local.
//!
//! Facts follow the order of evaluation. What a branch learns is forgotten at
//! its end, and whatever a branch, loop or protected body changes is unknown
//! where control meets, so that one walk suffices. A fact about a copy names
//! the version of the original; changing a local gives it a new version.

use alloc::{vec, vec::Vec};

use motet_ir::{Expr, ExprKind, Function, Local, LocalIdx};

use crate::{
    events::{self, Changes, Stretch},
    fold::fold_node,
    rewrite::is_constant,
};

/// Longest string that is copied to the places that use it, in bytes.
const MAX_STRING: usize = 32;

/// With `fold`, operators whose operands have become constants are computed at once.
pub(crate) fn run(function: &mut Function, copies: bool, fold: bool) {
    let changes = Changes::of(function);
    if changes.is_empty() {
        // Nothing is assigned, so nothing is known.
        return;
    }
    let Function { body, locals, .. } = function;
    Propagation::new(locals, &changes, copies, fold).expr(body);
}

/// What a local certainly holds.
#[derive(Clone)]
enum Fact {
    Constant(ExprKind),
    /// The same as this local while that has this version.
    Copy(LocalIdx, u32),
}

#[derive(Clone)]
struct State {
    fact: Option<Fact>,
    version: u32,
}

struct Propagation<'a> {
    locals: &'a [Local],
    changes: &'a Changes,
    copies: bool,
    fold: bool,
    states: Vec<State>,
    /// Earlier states, to go back to.
    log: Vec<(LocalIdx, State)>,
    versions: u32,
    /// Number of the next change, and of the next loop.
    change: u32,
    next_loop: usize,
}

impl<'a> Propagation<'a> {
    fn new(locals: &'a [Local], changes: &'a Changes, copies: bool, fold: bool) -> Self {
        let states = vec![State { fact: None, version: 0 }; locals.len()];
        Self { locals, changes, copies, fold, states, log: Vec::new(), versions: 0, change: 0, next_loop: 0 }
    }

    fn expr(&mut self, node: &mut Expr) {
        match &mut node.kind {
            ExprKind::Local(local) => {
                let local = *local;
                self.replace(node, local);
            }
            ExprKind::SetLocal(local, value) => {
                self.expr(value);
                let fact = self.fact_of(value, *local);
                self.assign(*local, fact);
            }
            ExprKind::If(cond, then, otherwise) => {
                self.expr(cond);
                let first = self.branch(then);
                let second = self.branch(otherwise);
                self.forget_unless_never(then, first);
                self.forget_unless_never(otherwise, second);
            }
            ExprKind::Choose { cond, then, else_, var, other } => {
                self.expr(cond);
                let (first, second) = (self.branch(then), self.branch(else_));
                self.assign(*var, None);
                let third = self.branch(other);
                self.forget_unless_never(then, first);
                self.forget_unless_never(else_, second);
                self.forget_unless_never(other, third);
            }
            ExprKind::And(a, b) | ExprKind::Or(a, b) => {
                self.expr(a);
                let stretch = self.branch(b);
                self.forget(stretch);
            }
            ExprKind::Try { body, var, handler } => {
                let protected = self.branch(body);
                self.forget(protected);
                self.assign(*var, None);
                let handling = self.branch(handler);
                self.forget(handling);
            }
            ExprKind::ForRange { from, to, body, .. } => {
                // The loop is numbered when it is entered, before loops in its bounds.
                let stretch = self.enter_loop();
                self.expr(from);
                self.expr(to);
                self.forget(stretch);
                self.branch(body);
            }
            ExprKind::ForEach { iter, body, .. } => {
                let stretch = self.enter_loop();
                self.expr(iter);
                self.forget(stretch);
                self.branch(body);
            }
            ExprKind::While { cond, body, step, .. } => {
                let stretch = self.enter_loop();
                self.forget(stretch);
                let mark = self.log.len();
                if let Some(cond) = cond {
                    self.expr(cond);
                }
                let turn = self.branch(body);
                if let Some(step) = step {
                    self.forget(turn);
                    self.expr(step);
                }
                self.undo(mark);
            }
            _ => node.for_each_child_mut(|child| self.expr(child)),
        }
        if let Some(local) = events::changed_by(node) {
            if !matches!(node.kind, ExprKind::SetLocal(..)) {
                self.assign(local, None);
            }
            self.change += 1;
        }
        if self.fold {
            fold_node(node);
        }
    }

    fn enter_loop(&mut self) -> Stretch {
        self.next_loop += 1;
        self.changes.of_loop(self.next_loop - 1)
    }

    fn replace(&self, node: &mut Expr, local: LocalIdx) {
        match &self.states[local.index()].fact {
            Some(Fact::Constant(kind)) => {
                let ty = match kind {
                    ExprKind::Nil => motet_ir::Type::Nil,
                    ExprKind::Bool(_) => motet_ir::Type::Bool,
                    ExprKind::Int(_) => motet_ir::Type::Int,
                    ExprKind::Float(_) => motet_ir::Type::Float,
                    _ => motet_ir::Type::Str,
                };
                node.kind = kind.clone();
                node.ty = ty;
            }
            Some(Fact::Copy(original, version)) if self.states[original.index()].version == *version => {
                node.kind = ExprKind::Local(*original);
                node.ty = self.locals[original.index()].ty;
            }
            Some(Fact::Copy(..)) | None => {}
        }
    }

    fn fact_of(&self, value: &Expr, target: LocalIdx) -> Option<Fact> {
        match &value.kind {
            ExprKind::Str(text) if text.len() > MAX_STRING => None,
            ExprKind::Local(original) if self.copies && *original != target => {
                Some(Fact::Copy(*original, self.states[original.index()].version))
            }
            kind if is_constant(value) => Some(Fact::Constant(kind.clone())),
            _ => None,
        }
    }

    fn assign(&mut self, local: LocalIdx, fact: Option<Fact>) {
        self.versions += 1;
        let new = State { fact, version: self.versions };
        let old = core::mem::replace(&mut self.states[local.index()], new);
        self.log.push((local, old));
    }

    /// Walks code that may not run, or not to its end; what it learns is forgotten.
    fn branch(&mut self, node: &mut Expr) -> Stretch {
        let (mark, start) = (self.log.len(), self.change);
        self.expr(node);
        self.undo(mark);
        (start, self.change)
    }

    fn undo(&mut self, mark: usize) {
        while self.log.len() > mark {
            if let Some((local, state)) = self.log.pop() {
                self.states[local.index()] = state;
            }
        }
    }

    fn forget(&mut self, stretch: Stretch) {
        let changes = self.changes;
        for &local in changes.locals(stretch) {
            self.assign(local, None);
        }
    }

    fn forget_unless_never(&mut self, branch: &Expr, stretch: Stretch) {
        if branch.ty != motet_ir::Type::Never {
            self.forget(stretch);
        }
    }
}
