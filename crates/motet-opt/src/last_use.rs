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
//! Parts of locals (`parts.rs`) are followed in the same way; a part is given up
//! by `SharePart`.
//!
//! Whatever is not certain counts as live.

use alloc::{collections::BTreeSet, vec, vec::Vec};

use motet_ir::{Expr, ExprKind, Function, Label, LocalIdx, Native, PlaceRoot};

use crate::{
    parts::{self, Aliases, Parts, Step},
    rewrite::{NewLocals, is_constant, take},
    share::is_scalar,
};

pub(crate) fn run(function: &mut Function, natives: &[Native]) {
    let mut tracked: Vec<bool> = function.locals.iter().map(|l| !is_scalar(l.ty)).collect();
    let mut has_share = false;
    function.body.walk(|node| match &node.kind {
        ExprKind::Share(_) => has_share = true,
        // What a loop hands out is held by the container that it iterates, too.
        ExprKind::ForEach { var, .. } => tracked[var.index()] = false,
        // What is chosen by gets a second name.
        ExprKind::Choose { cond, var, .. } => {
            tracked[var.index()] = false;
            value_locals(natives, cond).into_iter().for_each(|local| tracked[local.index()] = false);
        }
        _ => {}
    });
    if !has_share || !tracked.contains(&true) {
        return;
    }
    let aliases = Aliases::of(natives, function, &mut tracked);
    let owners = parts::owners(natives, function, &tracked);
    let parts = Parts::of(natives, function, &owners);
    tracked.resize(tracked.len() + parts.len(), true);
    let mut body = take(&mut function.body);
    let mut new = NewLocals::new(function);
    let mut reads = Reads::new(natives, &tracked, &parts, &aliases);
    reads.expr(&body);
    let count = tracked.len();
    let mut liveness = Liveness {
        natives,
        parts: &parts,
        aliases: &aliases,
        new: &mut new,
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
    new.store(function);
    function.body = body;
}

/// Locals that a turn of a loop may read before it assigns them.
type Carried = BTreeSet<LocalIdx>;

/// Numbers of the reads in a protected body: from, up to but not including.
type Body = (u32, u32);

/// What the walk in evaluation order found out about a loop.
#[derive(Default)]
struct LoopFacts {
    carried: Carried,
    /// Whether it may change the local that it iterates, or a part of it.
    changes_iterated: bool,
}

/// The walk in evaluation order.
struct Reads<'a> {
    natives: &'a [Native],
    tracked: &'a [bool],
    parts: &'a Parts,
    aliases: &'a Aliases,
    /// Counts reads and assignments.
    clock: u32,
    /// When each local was certainly assigned, in straight line with here.
    assigned: Vec<u32>,
    log: Vec<(LocalIdx, u32)>,
    first_read: Vec<u32>,
    last_read: Vec<u32>,
    /// When each local was last changed, as a whole or in part.
    changed: Vec<u32>,
    /// Loops around here: when they began, and what they carry.
    loops: Vec<(u32, Carried)>,
    /// In the order in which loops and protected bodies end.
    loops_done: Vec<LoopFacts>,
    tries_done: Vec<Body>,
}

impl<'a> Reads<'a> {
    fn new(natives: &'a [Native], tracked: &'a [bool], parts: &'a Parts, aliases: &'a Aliases) -> Self {
        let count = tracked.len();
        Self {
            natives,
            tracked,
            parts,
            aliases,
            clock: 1,
            assigned: vec![0; count],
            log: Vec::new(),
            first_read: vec![u32::MAX; count],
            last_read: vec![0; count],
            changed: vec![0; count],
            loops: Vec::new(),
            loops_done: Vec::new(),
            tries_done: Vec::new(),
        }
    }

    fn expr(&mut self, node: &Expr) {
        match &node.kind {
            ExprKind::Local(l) => self.read_path(*l, &[]),
            ExprKind::SetLocal(l, value) => {
                self.expr(value);
                self.assign(*l);
            }
            ExprKind::SetPlace(root, steps, _) => {
                node.for_each_child(|child| self.expr(child));
                if let PlaceRoot::Local(l) = root {
                    self.read(*l);
                    self.clock += 1;
                    self.changed[l.index()] = self.clock;
                    if !self.parts.of_local(*l).is_empty() {
                        let path = parts::place_path(steps);
                        for part in self.parts.updated(*l, &path) {
                            self.read(part);
                        }
                        for part in self.parts.replaced(*l, &path) {
                            self.stamp(part);
                        }
                    }
                }
            }
            ExprKind::Field(..) | ExprKind::Slot(..) | ExprKind::Index(..) | ExprKind::CallNative(..) => {
                match parts::path(self.natives, node) {
                    Some((root, path)) => {
                        self.read_path(root, &path);
                        self.indices(node);
                    }
                    None => node.for_each_child(|child| self.expr(child)),
                }
            }
            ExprKind::If(cond, then, otherwise) => {
                self.expr(cond);
                self.branch(None, then);
                self.branch(None, otherwise);
            }
            ExprKind::Choose { cond, then, else_, var, other } => {
                self.expr(cond);
                self.branch(None, then);
                self.branch(None, else_);
                self.branch(Some(*var), other);
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
                self.end(None);
            }
            ExprKind::ForEach { var, iter, body, .. } => {
                self.expr(iter);
                self.begin();
                self.branch(Some(*var), body);
                self.end(parts::root(self.natives, unmarked(iter)));
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
                self.end(None);
            }
            _ => node.for_each_child(|child| self.expr(child)),
        }
    }

    /// The indices on the way of a path, without its root.
    fn indices(&mut self, node: &Expr) {
        match &node.kind {
            ExprKind::Local(_) => {}
            ExprKind::CheckSet(a, _) | ExprKind::Cast(_, a) | ExprKind::Field(a, _) | ExprKind::Slot(a, ..) => {
                self.indices(a);
            }
            ExprKind::Index(base, index) => {
                self.indices(base);
                self.expr(index);
            }
            ExprKind::CallNative(_, args) => {
                args.iter().take(1).for_each(|base| self.indices(&base.expr));
                args.iter().skip(1).for_each(|index| self.expr(&index.expr));
            }
            _ => self.expr(node),
        }
    }

    fn begin(&mut self) {
        self.clock += 1;
        self.loops.push((self.clock, Carried::new()));
    }

    fn end(&mut self, iterated: Option<LocalIdx>) {
        if let Some((began, carried)) = self.loops.pop() {
            let changes_iterated = iterated.is_some_and(|local| self.changed[local.index()] > began);
            self.loops_done.push(LoopFacts { carried, changes_iterated });
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

    fn read_path(&mut self, root: LocalIdx, path: &[Step]) {
        self.read(root);
        for part in self.parts.touched(root, path) {
            self.read(part);
        }
        let aliases = self.aliases;
        for (root, path) in aliases.of_local(root) {
            self.read(*root);
            for part in self.parts.touched(*root, path) {
                self.read(part);
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
        self.stamp(local);
        self.clock += 1;
        self.changed[local.index()] = self.clock;
        for &part in self.parts.of_local(local) {
            self.stamp(part);
        }
        // These are other parts from now on.
        for &part in self.parts.indexed_by(local) {
            self.log.push((part, core::mem::take(&mut self.assigned[part.index()])));
        }
    }

    fn stamp(&mut self, local: LocalIdx) {
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
    natives: &'a [Native],
    parts: &'a Parts,
    aliases: &'a Aliases,
    new: &'a mut NewLocals,
    tracked: &'a [bool],
    first_read: &'a [u32],
    last_read: &'a [u32],
    loops_done: Vec<LoopFacts>,
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
                self.read_path(l, &[]);
            }
            ExprKind::Share(value) => {
                if let ExprKind::Local(l) = value.kind {
                    if self.is_last_use(l) {
                        *node = take(value);
                    }
                    self.read_path(l, &[]);
                } else if let Some(part) = self.part_to_give_up(value) {
                    self.expr(value);
                    *node = part;
                } else {
                    self.expr(value);
                }
            }
            ExprKind::SetLocal(l, value) => {
                self.assign(*l);
                self.expr(value);
            }
            ExprKind::SetPlace(root, steps, _) => {
                if let PlaceRoot::Local(l) = root {
                    let l = *l;
                    if !self.parts.of_local(l).is_empty() {
                        let path = parts::place_path(steps);
                        self.set_all(&self.parts.replaced(l, &path), false);
                        self.set_all(&self.parts.updated(l, &path), true);
                    }
                    self.set(l, true);
                }
                self.operands(node);
            }
            ExprKind::Field(..) | ExprKind::Slot(..) | ExprKind::Index(..) | ExprKind::CallNative(..) => {
                match parts::path(self.natives, node) {
                    Some((root, path)) => {
                        self.hold(&[root], true);
                        self.indices(node);
                        self.hold(&[root], false);
                        self.read_path(root, &path);
                    }
                    None => self.operands(node),
                }
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
            ExprKind::Choose { cond, then, else_, var, other } => {
                let mark = self.mark();
                self.expr(other);
                self.assign(*var);
                let third = self.leave(mark);
                self.expr(else_);
                let second = self.leave(mark);
                self.join(&second, &third);
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
                self.assign(*var);
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
                // The mark may be removed later, if nothing in the loop changes what it iterates.
                let keeps = self.loops_done.last().is_some_and(|facts| !facts.changes_iterated);
                let iterated = value_locals(self.natives, if keeps { unmarked(iter) } else { iter });
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
        let given: Vec<Option<LocalIdx>> = (0..children.len()).map(|i| self.given_with_parts(&children[i..])).collect();
        let held: Vec<Vec<LocalIdx>> = (children.iter().zip(&given))
            .map(|(child, given)| given.map_or_else(|| value_locals(self.natives, child), |local| vec![local]))
            .collect();
        held.iter().for_each(|locals| self.hold(locals, true));
        for ((child, locals), given) in children.into_iter().zip(&held).zip(given).rev() {
            self.hold(locals, false);
            match given {
                Some(local) => {
                    self.read_path(local, &[]);
                    if let ExprKind::Share(value) = &mut child.kind {
                        *child = take(value);
                    }
                }
                None => self.expr(child),
            }
        }
    }

    /// The local that the first operand gives up although later ones still read, and mark, parts of it, as in
    /// `[p, p.x]`: nothing can update it before the node has all of its operands.
    fn given_with_parts(&self, operands: &[&mut Expr]) -> Option<LocalIdx> {
        let (first, later) = operands.split_first()?;
        let ExprKind::Share(value) = &first.kind else { return None };
        let ExprKind::Local(local) = value.kind else { return None };
        if later.len() > 64 {
            return None;
        }
        let mut parts = 0;
        for operand in later {
            match parts::root(self.natives, unmarked(operand)) {
                Some(root) if root == local => match &operand.kind {
                    ExprKind::Share(part) if !matches!(part.kind, ExprKind::Local(_)) => parts += 1,
                    _ => return None,
                },
                Some(root) if self.aliases.of_local(root).is_empty() => {}
                None if is_constant(operand) => {}
                Some(_) | None => return None,
            }
        }
        (parts > 0 && parts <= 8 && self.is_last_use(local)).then_some(local)
    }

    fn hold(&mut self, locals: &[LocalIdx], on: bool) {
        let aliases = self.aliases;
        for local in locals {
            let named = aliases.of_local(*local).iter().map(|(root, _)| *root);
            for held in core::iter::once(*local).chain(named) {
                let pending = &mut self.pending[held.index()];
                *pending = if on { *pending + 1 } else { pending.saturating_sub(1) };
            }
        }
    }

    /// The indices on the way of a path, without its root.
    fn indices(&mut self, node: &mut Expr) {
        match &mut node.kind {
            ExprKind::Local(_) => {}
            ExprKind::CheckSet(a, _) | ExprKind::Cast(_, a) | ExprKind::Field(a, _) | ExprKind::Slot(a, ..) => {
                self.indices(a);
            }
            ExprKind::Index(base, index) => {
                self.expr(index);
                self.indices(base);
            }
            ExprKind::CallNative(_, args) => {
                args.iter_mut().skip(1).rev().for_each(|index| self.expr(&mut index.expr));
                args.iter_mut().take(1).for_each(|base| self.indices(&mut base.expr));
            }
            _ => self.expr(node),
        }
    }

    /// The read of a part whose holder gives it up here.
    fn part_to_give_up(&mut self, read: &Expr) -> Option<Expr> {
        let (root, path) = parts::path(self.natives, read)?;
        let part = self.parts.number(root, &path)?;
        if self.pending[root.index()] > 0 || !self.is_last_use(part) {
            return None;
        }
        parts::give_up(self.natives, read, self.new)
    }

    /// A read of a part of a local, or of all of it.
    fn read_path(&mut self, root: LocalIdx, path: &[Step]) {
        self.set(root, true);
        self.set_all(&self.parts.touched(root, path), true);
        let aliases = self.aliases;
        for (root, path) in aliases.of_local(root) {
            self.set(*root, true);
            self.set_all(&self.parts.touched(*root, path), true);
        }
    }

    fn assign(&mut self, local: LocalIdx) {
        self.set(local, false);
        self.set_all(self.parts.of_local(local), false);
        // Before, these were other parts.
        self.set_all(self.parts.indexed_by(local), true);
    }

    fn set_all(&mut self, locals: &[LocalIdx], live: bool) {
        for &local in locals {
            self.set(local, live);
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
        let carried = self.loops_done.pop().unwrap_or_default().carried;
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
            this.assign(var);
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

/// The expression without its mark.
fn unmarked(expr: &Expr) -> &Expr {
    if let ExprKind::Share(value) = &expr.kind { value } else { expr }
}

/// The locals whose value, or a part of it, the expression may have, unmarked.
fn value_locals(natives: &[Native], expr: &Expr) -> Vec<LocalIdx> {
    let mut locals = Vec::new();
    parts::values(expr, &mut |value| locals.extend(parts::root(natives, value)));
    locals
}
