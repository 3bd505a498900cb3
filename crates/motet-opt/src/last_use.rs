//! Removes the `Share` around the last use of a local: a holder that gives a
//! value up needs no mark.
//!
//! A local is dead where no path reads it before assigning it again. One walk
//! against the order of evaluation keeps the set of live locals; `return`
//! empties it, a jump takes the set of its target. What a loop's next turn may
//! read is found before, by a walk in the order of evaluation: the locals that
//! some path reads before this turn assigned them. Within a protected body the
//! handler could see everything, so a local must be read nowhere but there.
//! A value that is already an operand of an unfinished node is not given up.
//!
//! Whatever is not certain counts as live.

use alloc::{collections::BTreeSet, vec, vec::Vec};

use motet_ir::{Expr, ExprKind, Function, Label, LocalIdx, PlaceRoot};

use crate::{rewrite::take, share::is_scalar};

pub(crate) fn run(function: &mut Function) {
    let mut tracked: Vec<bool> = function.locals.iter().map(|l| !is_scalar(l.ty)).collect();
    let mut has_share = false;
    function.body.walk(|node| match &node.kind {
        ExprKind::Share(_) => has_share = true,
        // What a loop hands out is held by the container that it iterates, too.
        ExprKind::ForEach { var, .. } => tracked[var.index()] = false,
        _ => {}
    });
    if !has_share || !tracked.contains(&true) {
        return;
    }
    let mut body = take(&mut function.body);
    let mut reads = Reads::new(&tracked);
    reads.expr(&body);
    let count = tracked.len();
    let mut liveness = Liveness {
        tracked: &tracked,
        jump_budget: 64 * u64::from(reads.clock) + 10_000,
        first_read: &reads.first_read,
        last_read: &reads.last_read,
        loops_done: reads.loops_done,
        tries_done: reads.tries_done,
        stamps: vec![0; count],
        empty_since: 0,
        clock: 1,
        log: Vec::new(),
        pending: vec![0; count],
        loops: Vec::new(),
        tries: Vec::new(),
    };
    liveness.expr(&mut body);
    function.body = body;
}

/// Locals that a turn of a loop may read before it assigns them.
type Carried = BTreeSet<LocalIdx>;

/// Numbers of the reads in a protected body: from, up to but not including.
type Body = (u32, u32);

/// The walk in evaluation order.
struct Reads<'a> {
    tracked: &'a [bool],
    /// Counts reads and assignments.
    clock: u32,
    /// When each local was certainly assigned, in straight line with here.
    assigned: Vec<u32>,
    log: Vec<(LocalIdx, u32)>,
    first_read: Vec<u32>,
    last_read: Vec<u32>,
    /// Loops around here: when they began, and what they carry.
    loops: Vec<(u32, Carried)>,
    /// In the order in which loops and protected bodies end.
    loops_done: Vec<Carried>,
    tries_done: Vec<Body>,
}

impl<'a> Reads<'a> {
    fn new(tracked: &'a [bool]) -> Self {
        let count = tracked.len();
        Self {
            tracked,
            clock: 1,
            assigned: vec![0; count],
            log: Vec::new(),
            first_read: vec![u32::MAX; count],
            last_read: vec![0; count],
            loops: Vec::new(),
            loops_done: Vec::new(),
            tries_done: Vec::new(),
        }
    }

    fn expr(&mut self, node: &Expr) {
        match &node.kind {
            ExprKind::Local(l) => self.read(*l),
            ExprKind::SetLocal(l, value) => {
                self.expr(value);
                self.assign(*l);
            }
            ExprKind::SetPlace(root, ..) => {
                node.for_each_child(|child| self.expr(child));
                if let PlaceRoot::Local(l) = root {
                    self.read(*l);
                }
            }
            ExprKind::If(cond, then, otherwise) => {
                self.expr(cond);
                self.branch(None, then);
                self.branch(None, otherwise);
            }
            ExprKind::And(a, b) | ExprKind::Or(a, b) => {
                self.expr(a);
                self.branch(None, b);
            }
            ExprKind::Try { body, var, handler } => {
                let from = self.clock;
                self.branch(None, body);
                let protected = (from, self.clock);
                self.branch(Some(*var), handler);
                self.tries_done.push(protected);
            }
            ExprKind::ForRange { var, from, to, body, .. } => {
                self.expr(from);
                self.expr(to);
                self.begin();
                self.branch(Some(*var), body);
                self.end();
            }
            ExprKind::ForEach { var, iter, body, .. } => {
                self.expr(iter);
                self.begin();
                self.branch(Some(*var), body);
                self.end();
            }
            ExprKind::While { cond, body, step, .. } => {
                self.begin();
                let mark = self.log.len();
                if let Some(cond) = cond {
                    self.expr(cond);
                }
                // A `continue` may skip any part of the body.
                self.branch(None, body);
                if let Some(step) = step {
                    self.expr(step);
                }
                self.undo(mark);
                self.end();
            }
            _ => node.for_each_child(|child| self.expr(child)),
        }
    }

    fn begin(&mut self) {
        self.clock += 1;
        self.loops.push((self.clock, Carried::new()));
    }

    fn end(&mut self) {
        if let Some((_, carried)) = self.loops.pop() {
            self.loops_done.push(carried);
        }
    }

    fn branch(&mut self, var: Option<LocalIdx>, node: &Expr) {
        let mark = self.log.len();
        if let Some(var) = var {
            self.assign(var);
        }
        self.expr(node);
        self.undo(mark);
    }

    fn undo(&mut self, mark: usize) {
        while self.log.len() > mark {
            if let Some((local, time)) = self.log.pop() {
                self.assigned[local.index()] = time;
            }
        }
    }

    fn read(&mut self, local: LocalIdx) {
        let i = local.index();
        if !self.tracked[i] {
            return;
        }
        self.clock += 1;
        self.first_read[i] = self.first_read[i].min(self.clock);
        self.last_read[i] = self.clock;
        for (began, carried) in self.loops.iter_mut().rev() {
            if self.assigned[i] > *began {
                break;
            }
            carried.insert(local);
        }
    }

    fn assign(&mut self, local: LocalIdx) {
        let i = local.index();
        if self.tracked[i] {
            self.clock += 1;
            self.log.push((local, core::mem::replace(&mut self.assigned[i], self.clock)));
        }
    }
}

/// A point to go back to: length of the log, and since when nothing is live.
#[derive(Clone, Copy)]
struct Mark {
    log: usize,
    empty_since: u64,
}

/// What a branch changed: the final stamps, and since when nothing is live.
struct Delta {
    stamps: Vec<(LocalIdx, u64)>,
    empty_since: u64,
}

struct Loop {
    label: Label,
    after: Mark,
    next: Mark,
    carried: Carried,
}

/// The walk against evaluation order.
struct Liveness<'a> {
    tracked: &'a [bool],
    first_read: &'a [u32],
    last_read: &'a [u32],
    loops_done: Vec<Carried>,
    tries_done: Vec<Body>,
    /// A local is live if its stamp is later than `empty_since`.
    stamps: Vec<u64>,
    empty_since: u64,
    clock: u64,
    /// Earlier stamps.
    log: Vec<(LocalIdx, u64)>,
    /// Per local: how many unfinished nodes have its value as an operand.
    pending: Vec<u32>,
    loops: Vec<Loop>,
    /// Protected bodies around here, with the number of loops around them.
    tries: Vec<(Body, usize)>,
    /// Work left for jumps; with none left nothing more is removed.
    jump_budget: u64,
}

impl Liveness<'_> {
    fn expr(&mut self, node: &mut Expr) {
        match &mut node.kind {
            ExprKind::Local(l) => {
                let l = *l;
                self.set(l, true);
            }
            ExprKind::Share(value) => {
                if let ExprKind::Local(l) = value.kind {
                    if self.is_last_use(l) {
                        *node = take(value);
                    }
                    self.set(l, true);
                } else {
                    self.expr(value);
                }
            }
            ExprKind::SetLocal(l, value) => {
                self.set(*l, false);
                self.expr(value);
            }
            ExprKind::SetPlace(root, ..) => {
                if let PlaceRoot::Local(l) = root {
                    let l = *l;
                    self.set(l, true);
                }
                self.operands(node);
            }
            ExprKind::Block(parts) => {
                for part in parts.iter_mut().rev() {
                    self.expr(part);
                }
            }
            ExprKind::If(cond, then, otherwise) => {
                let mark = self.mark();
                self.expr(otherwise);
                let second = self.leave(mark);
                self.expr(then);
                let first = self.leave(mark);
                self.join(&first, &second);
                self.expr(cond);
            }
            ExprKind::And(a, b) | ExprKind::Or(a, b) => {
                self.maybe(|this| this.expr(b));
                self.expr(a);
            }
            ExprKind::Try { body, var, handler } => {
                let protected = self.tries_done.pop().unwrap_or_default();
                let mark = self.mark();
                self.expr(handler);
                self.set(*var, false);
                let handling = self.leave(mark);
                self.tries.push((protected, self.loops.len()));
                self.expr(body);
                self.tries.pop();
                let normal = self.leave(mark);
                self.join(&normal, &handling);
            }
            ExprKind::While { label, cond, body, step } => {
                self.while_loop(*label, cond.as_deref_mut(), body, step.as_deref_mut());
            }
            ExprKind::ForRange { label, var, from, to, body, .. } => {
                self.for_loop(*label, *var, body);
                self.expr(to);
                self.expr(from);
            }
            ExprKind::ForEach { label, var, iter, body } => {
                let iterated = value_locals(iter);
                self.hold(&iterated, true);
                self.for_loop(*label, *var, body);
                self.hold(&iterated, false);
                self.expr(iter);
            }
            ExprKind::Break(label) => self.jump(*label, true),
            ExprKind::Continue(label) => self.jump(*label, false),
            ExprKind::Return(value) => {
                self.empty();
                self.expr(value);
            }
            ExprKind::Raise(value) => {
                if self.tries.is_empty() {
                    self.empty();
                }
                self.expr(value);
            }
            ExprKind::RaiseError(_) if self.tries.is_empty() => self.empty(),
            _ => self.operands(node),
        }
    }

    /// Operands of a node that acts when it has all of them.
    fn operands(&mut self, node: &mut Expr) {
        let mut children: Vec<&mut Expr> = Vec::new();
        node.for_each_child_mut(|child| children.push(child));
        if let [only] = children.as_mut_slice() {
            return self.expr(only);
        }
        let held: Vec<Vec<LocalIdx>> = children.iter().map(|child| value_locals(child)).collect();
        held.iter().for_each(|locals| self.hold(locals, true));
        for (child, locals) in children.into_iter().zip(&held).rev() {
            self.hold(locals, false);
            self.expr(child);
        }
    }

    fn hold(&mut self, locals: &[LocalIdx], on: bool) {
        for local in locals {
            let pending = &mut self.pending[local.index()];
            *pending = if on { *pending + 1 } else { pending.saturating_sub(1) };
        }
    }

    fn is_last_use(&self, local: LocalIdx) -> bool {
        let i = local.index();
        self.tracked[i]
            && self.jump_budget > 0
            && self.pending[i] == 0
            && self.stamps[i] <= self.empty_since
            && self.tries.iter().all(|&((from, to), around)| {
                let only_here = self.first_read[i] > from && self.last_read[i] <= to;
                only_here && self.loops[..around].iter().all(|outer| !outer.carried.contains(&local))
            })
    }

    fn set(&mut self, local: LocalIdx, live: bool) {
        if self.tracked[local.index()] {
            let stamp = if live { self.tick() } else { 0 };
            self.restamp(local, stamp);
        }
    }

    fn restamp(&mut self, local: LocalIdx, stamp: u64) {
        let old = core::mem::replace(&mut self.stamps[local.index()], stamp);
        self.log.push((local, old));
    }

    fn tick(&mut self) -> u64 {
        self.clock += 1;
        self.clock
    }

    fn empty(&mut self) {
        self.empty_since = self.tick();
    }

    fn mark(&self) -> Mark {
        Mark { log: self.log.len(), empty_since: self.empty_since }
    }

    /// Goes back to the mark and hands over what was changed since.
    fn leave(&mut self, mark: Mark) -> Delta {
        let empty_since = core::mem::replace(&mut self.empty_since, mark.empty_since);
        let mut stamps: Vec<(LocalIdx, u64)> =
            self.log[mark.log..].iter().map(|&(local, _)| (local, self.stamps[local.index()])).collect();
        stamps.sort_unstable();
        stamps.dedup();
        while self.log.len() > mark.log {
            if let Some((local, stamp)) = self.log.pop() {
                self.stamps[local.index()] = stamp;
            }
        }
        Delta { stamps, empty_since }
    }

    /// Live is what is live in one of two branches that both left to here.
    fn join(&mut self, first: &Delta, second: &Delta) {
        let mut live: Vec<(LocalIdx, bool)> = Vec::with_capacity(first.stamps.len() + second.stamps.len());
        for (this, other) in [(first, second), (second, first)] {
            for &(local, stamp) in &this.stamps {
                let known = other.stamps.binary_search_by_key(&local, |&(l, _)| l);
                let there = known.map_or(self.stamps[local.index()], |at| other.stamps[at].1);
                live.push((local, stamp > this.empty_since || there > other.empty_since));
            }
        }
        self.empty_since = first.empty_since.min(second.empty_since);
        for (local, live) in live {
            self.set(local, live);
        }
    }

    /// Something that may be skipped.
    fn maybe(&mut self, walk: impl FnOnce(&mut Self)) {
        let mark = self.mark();
        walk(self);
        let done = self.leave(mark);
        let skipped = Delta { stamps: Vec::new(), empty_since: self.empty_since };
        self.join(&done, &skipped);
    }

    fn enter(&mut self, label: Label) {
        let after = self.mark();
        let carried = self.loops_done.pop().unwrap_or_default();
        for &local in &carried {
            self.set(local, true);
        }
        let next = self.mark();
        self.loops.push(Loop { label, after, next, carried });
    }

    fn while_loop(&mut self, label: Label, cond: Option<&mut Expr>, body: &mut Expr, step: Option<&mut Expr>) {
        let has_cond = cond.is_some();
        let turn = |this: &mut Self| {
            this.enter(label);
            if let Some(step) = step {
                this.expr(step);
                let next = this.mark();
                if let Some(around) = this.loops.last_mut() {
                    around.next = next;
                }
            }
            this.expr(body);
        };
        if has_cond {
            self.maybe(turn);
        } else {
            turn(self);
        }
        if let Some(cond) = cond {
            self.expr(cond);
        }
        self.loops.pop();
    }

    fn for_loop(&mut self, label: Label, var: LocalIdx, body: &mut Expr) {
        self.maybe(|this| {
            this.enter(label);
            this.expr(body);
            this.set(var, false);
        });
        self.loops.pop();
    }

    fn jump(&mut self, label: Label, out: bool) {
        let Some(target) = self.loops.iter().rfind(|l| l.label == label) else { return };
        let mark = if out { target.after } else { target.next };
        let work = (self.log.len() - mark.log) as u64;
        self.jump_budget = self.jump_budget.saturating_sub(work + 1);
        if self.jump_budget == 0 {
            return;
        }
        for at in (mark.log..self.log.len()).rev() {
            let (local, stamp) = self.log[at];
            self.restamp(local, stamp);
        }
        self.empty_since = mark.empty_since;
    }
}

/// The locals whose value the expression may have, unmarked.
fn value_locals(expr: &Expr) -> Vec<LocalIdx> {
    let mut locals = Vec::new();
    let mut stack = vec![expr];
    while let Some(node) = stack.pop() {
        match &node.kind {
            ExprKind::Local(l) => locals.push(*l),
            ExprKind::CheckSet(a, _) | ExprKind::Cast(_, a) => stack.push(a),
            ExprKind::Block(parts) => stack.extend(parts.last()),
            ExprKind::If(_, a, b) | ExprKind::Try { body: a, handler: b, .. } => stack.extend([&**a, &**b]),
            _ => {}
        }
    }
    locals
}
