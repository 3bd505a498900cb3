//! Labels and definite assignment: rules that follow the order of evaluation.
//!
//! The set of locals assigned so far is a vector of flags plus a log of what
//! was added, so that leaving a branch costs as much as the branch assigned.
//! Code that cannot be reached may read anything. The checker minds locals of
//! a type other than `Any`; the optimiser asks about all of them.

use alloc::{collections::BTreeSet, format, vec, vec::Vec};

use super::{Fault, fault};
use crate::{Expr, ExprKind, Function, Label, LocalIdx, PlaceRoot, Type};

/// Checks labels and definite assignment of a body that is not too deep for recursion.
pub(super) fn check_flow(function: &Function) -> Result<(), Fault> {
    let is_any = |i: usize| function.locals[i].ty == Type::Any;
    Flow::new(function, is_any, None).expr(&function.body)
}

/// For each local of a checked function: whether some path may read it before it is assigned.
#[must_use]
pub fn read_before_assigned(function: &Function) -> Vec<bool> {
    let mut flow = Flow::new(function, |_| false, Some(vec![false; function.locals.len()]));
    match flow.expr(&function.body) {
        Ok(()) => flow.early_reads.unwrap_or_default(),
        Err(_) => vec![true; function.locals.len()],
    }
}

struct Flow {
    /// Per local: whether it certainly holds a value.
    assigned: Vec<bool>,
    /// Locals set in `assigned`, oldest first.
    log: Vec<LocalIdx>,
    reachable: bool,
    /// Where to note reads of unassigned locals, instead of failing.
    early_reads: Option<Vec<bool>>,
    loops: Vec<Loop>,
    /// Labels seen so far in the function.
    labels: BTreeSet<Label>,
}

struct Loop {
    label: Label,
    /// Length of the log where the loop starts.
    start: usize,
    has_break: bool,
    /// Locals assigned since the loop's start on every way out so far; `None`: no way out yet.
    exit: End,
    /// Length of the log where the body starts.
    body: usize,
    /// Locals assigned since the body's start on every way to the step so far.
    next: End,
}

/// How a branch ended: what it assigned, or `None` if its end cannot be reached.
type End = Option<Vec<LocalIdx>>;

impl Flow {
    fn new(function: &Function, ignored: impl Fn(usize) -> bool, early_reads: Option<Vec<bool>>) -> Self {
        let params = function.params as usize;
        let assigned = (0..function.locals.len()).map(|i| i < params || ignored(i)).collect();
        Self { assigned, log: vec![], reachable: true, early_reads, loops: vec![], labels: BTreeSet::new() }
    }

    fn expr(&mut self, node: &Expr) -> Result<(), Fault> {
        match &node.kind {
            ExprKind::Local(l) => self.read(node, *l)?,
            ExprKind::SetLocal(l, value) => {
                self.expr(value)?;
                self.assign(*l);
            }
            ExprKind::SetPlace(root, ..) => {
                self.children(node)?;
                if let PlaceRoot::Local(l) = root {
                    self.read(node, *l)?;
                }
            }
            ExprKind::And(a, b) | ExprKind::Or(a, b) => {
                self.expr(a)?;
                let start = self.log.len();
                let reachable = self.reachable;
                self.expr(b)?;
                self.end_branch(start);
                self.reachable = reachable;
            }
            ExprKind::If(cond, then, otherwise) => {
                self.expr(cond)?;
                self.branches(&[(None, then), (None, otherwise)])?;
            }
            ExprKind::Choose { cond, then, else_, var, other } => {
                self.expr(cond)?;
                self.branches(&[(None, then), (None, else_), (Some(*var), other)])?;
            }
            ExprKind::Try { body, var, handler } => self.branches(&[(None, body), (Some(*var), handler)])?,
            ExprKind::While { label, cond, body, step } => {
                self.while_loop(node, *label, cond.as_deref(), body, step.as_deref())?;
            }
            ExprKind::ForRange { label, var, from, to, body, .. } => {
                self.expr(from)?;
                self.expr(to)?;
                self.for_loop(node, *label, *var, body)?;
            }
            ExprKind::ForEach { label, var, iter, body } => {
                self.expr(iter)?;
                self.for_loop(node, *label, *var, body)?;
            }
            ExprKind::Break(label) => {
                self.jump(node, *label, true)?;
                self.reachable = false;
            }
            ExprKind::Continue(label) => {
                self.jump(node, *label, false)?;
                self.reachable = false;
            }
            ExprKind::Return(_) | ExprKind::Raise(_) | ExprKind::RaiseError(_) => {
                self.children(node)?;
                self.reachable = false;
            }
            _ => self.children(node)?,
        }
        if node.ty == Type::Never {
            self.reachable = false;
        }
        Ok(())
    }

    fn children(&mut self, node: &Expr) -> Result<(), Fault> {
        let mut result = Ok(());
        node.for_each_child(|child| {
            if result.is_ok() {
                result = self.expr(child);
            }
        });
        result
    }

    fn read(&mut self, node: &Expr, local: LocalIdx) -> Result<(), Fault> {
        if self.reachable && !self.assigned[local.index()] {
            if let Some(early) = &mut self.early_reads {
                early[local.index()] = true;
                return Ok(());
            }
            return Err(fault(node, format!("local {} may be read before it is assigned", local.0)));
        }
        Ok(())
    }

    fn assign(&mut self, local: LocalIdx) {
        if self.reachable && !self.assigned[local.index()] {
            self.assigned[local.index()] = true;
            self.log.push(local);
        }
    }

    /// Forgets what was assigned since `start` and hands it back.
    fn end_branch(&mut self, start: usize) -> End {
        let added = self.log.split_off(start);
        for local in &added {
            self.assigned[local.index()] = false;
        }
        self.reachable.then_some(added)
    }

    /// Alternatives from the present state; each may set a local first.
    fn branches(&mut self, ways: &[(Option<LocalIdx>, &Expr)]) -> Result<(), Fault> {
        let start = self.log.len();
        let reachable = self.reachable;
        // What all ways so far that end here assigned.
        let mut common: End = None;
        for (var, way) in ways {
            self.reachable = reachable;
            if let Some(var) = var {
                self.assign(*var);
            }
            self.expr(way)?;
            if self.reachable
                && let Some(known) = &mut common
            {
                known.retain(|l| self.assigned[l.index()]);
                self.end_branch(start);
            } else if let Some(end) = self.end_branch(start) {
                common = Some(end);
            }
        }
        self.reachable = common.is_some();
        self.adopt(common.unwrap_or_default());
        Ok(())
    }

    fn adopt(&mut self, locals: Vec<LocalIdx>) {
        for local in locals {
            self.assign(local);
        }
    }

    fn enter(&mut self, node: &Expr, label: Label) -> Result<(), Fault> {
        if !self.labels.insert(label) {
            return Err(fault(node, format!("label {} is used twice", label.0)));
        }
        self.loops.push(Loop {
            label,
            start: self.log.len(),
            has_break: false,
            exit: None,
            body: self.log.len(),
            next: None,
        });
        Ok(())
    }

    /// Ends the innermost loop: only what every way out assigned stays assigned.
    fn leave(&mut self) -> bool {
        let Some(done) = self.loops.pop() else { return false };
        self.end_branch(done.start);
        self.reachable = done.exit.is_some();
        self.adopt(done.exit.unwrap_or_default());
        done.has_break
    }

    /// Records a way out of loop number `index`, or one to its step.
    fn way(&mut self, index: usize, out: bool) {
        if !self.reachable {
            return;
        }
        let target = &mut self.loops[index];
        let (known, start) = if out { (&mut target.exit, target.start) } else { (&mut target.next, target.body) };
        match known {
            None => *known = Some(self.log[start..].to_vec()),
            Some(locals) => locals.retain(|l| self.assigned[l.index()]),
        }
    }

    fn while_loop(
        &mut self,
        node: &Expr,
        label: Label,
        cond: Option<&Expr>,
        body: &Expr,
        step: Option<&Expr>,
    ) -> Result<(), Fault> {
        // The condition cannot name the label, yet leaving by it leaves from the loop's start.
        let start = self.log.len();
        if let Some(cond) = cond {
            self.expr(cond)?;
        }
        self.enter(node, label)?;
        let index = self.loops.len() - 1;
        self.loops[index].start = start;
        if cond.is_some() {
            self.way(index, true);
        }
        self.expr(body)?;
        if let Some(step) = step {
            self.way(index, false);
            self.step(step)?;
        }
        let has_break = self.leave();
        if node.ty == Type::Never && cond.is_none() && has_break {
            return Err(fault(node, "an endless loop with a break is not Never"));
        }
        Ok(())
    }

    /// The step of the innermost loop, which cannot name the loop's label.
    fn step(&mut self, step: &Expr) -> Result<(), Fault> {
        let Some(mut this) = self.loops.pop() else { return Ok(()) };
        self.end_branch(this.body);
        let next = this.next.take();
        self.reachable = next.is_some();
        self.adopt(next.unwrap_or_default());
        self.expr(step)?;
        self.loops.push(this);
        Ok(())
    }

    fn for_loop(&mut self, node: &Expr, label: Label, var: LocalIdx, body: &Expr) -> Result<(), Fault> {
        self.enter(node, label)?;
        self.way(self.loops.len() - 1, true);
        self.assign(var);
        self.expr(body)?;
        self.leave();
        Ok(())
    }

    fn jump(&mut self, node: &Expr, label: Label, is_break: bool) -> Result<(), Fault> {
        let Some(index) = self.loops.iter().rposition(|l| l.label == label) else {
            return Err(fault(node, format!("label {} is not in scope", label.0)));
        };
        self.loops[index].has_break |= is_break;
        self.way(index, is_break);
        Ok(())
    }
}
