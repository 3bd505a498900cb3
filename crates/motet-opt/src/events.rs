//! Where in a function locals are changed, so that a pass can ask whether a
//! stretch of code changes a local.
//!
//! Changes are numbered in evaluation order, from 0. A pass that walks the
//! same tree in the same order and counts the same nodes knows where it is.

use alloc::{vec, vec::Vec};

use motet_ir::{Expr, ExprKind, Function, LocalIdx, PlaceRoot};

/// A stretch of evaluation: changes number `.0` up to, not including, `.1`.
pub(crate) type Stretch = (u32, u32);

/// The changes of a function's locals.
pub(crate) struct Changes {
    /// The local of each change, in evaluation order.
    order: Vec<LocalIdx>,
    /// Per local: where its changes begin in `by_local`. One more entry at the end.
    first: Vec<u32>,
    /// The changes of the first local, ascending, then those of the second…
    by_local: Vec<u32>,
    /// The stretch of each loop, in the order in which loops are entered.
    loops: Vec<Stretch>,
}

impl Changes {
    pub(crate) fn of(function: &Function) -> Self {
        let mut changes = Self { order: Vec::new(), first: Vec::new(), by_local: Vec::new(), loops: Vec::new() };
        changes.collect(&function.body);
        changes.group(function.locals.len());
        changes
    }

    /// Fills `first` and `by_local`.
    fn group(&mut self, locals: usize) {
        self.first = vec![0; locals + 1];
        for local in &self.order {
            self.first[local.index() + 1] += 1;
        }
        for i in 0..locals {
            self.first[i + 1] += self.first[i];
        }
        let mut next = self.first.clone();
        self.by_local = vec![0; self.order.len()];
        for (change, local) in self.order.iter().enumerate() {
            let at = &mut next[local.index()];
            self.by_local[*at as usize] = change as u32;
            *at += 1;
        }
    }

    fn collect(&mut self, node: &Expr) {
        let start = self.order.len() as u32;
        let number = self.loops.len();
        if is_loop(node) {
            self.loops.push((start, start));
        }
        // A loop variable changes before the body and a catch variable before the handler, and so on, but what
        // counts is that it changes within the node.
        node.for_each_child(|child| self.collect(child));
        if let Some(local) = changed_by(node) {
            self.order.push(local);
        }
        if is_loop(node) {
            self.loops[number].1 = self.order.len() as u32;
        }
    }

    /// Whether no local is ever changed.
    pub(crate) fn is_empty(&self) -> bool {
        self.order.is_empty()
    }

    /// Whether there is a loop.
    pub(crate) fn has_loops(&self) -> bool {
        !self.loops.is_empty()
    }

    /// The stretch of loop number `index`, itself included.
    pub(crate) fn of_loop(&self, index: usize) -> Stretch {
        self.loops[index]
    }

    /// Whether the stretch changes the local.
    pub(crate) fn within(&self, local: LocalIdx, stretch: Stretch) -> bool {
        let (from, to) = (self.first[local.index()] as usize, self.first[local.index() + 1] as usize);
        let changes = &self.by_local[from..to];
        let next = changes.partition_point(|&change| change < stretch.0);
        changes.get(next).is_some_and(|&change| change < stretch.1)
    }

    /// The locals that the stretch changes, with repetitions.
    pub(crate) fn locals(&self, stretch: Stretch) -> &[LocalIdx] {
        &self.order[stretch.0 as usize..stretch.1 as usize]
    }
}

/// The local that the node itself changes; counted after its operands.
pub(crate) fn changed_by(node: &Expr) -> Option<LocalIdx> {
    match &node.kind {
        ExprKind::SetLocal(l, _) | ExprKind::SetPlace(PlaceRoot::Local(l), ..) => Some(*l),
        ExprKind::ForRange { var, .. }
        | ExprKind::ForEach { var, .. }
        | ExprKind::Choose { var, .. }
        | ExprKind::Try { var, .. } => Some(*var),
        _ => None,
    }
}

/// Whether the node repeats its operands.
pub(crate) fn is_loop(node: &Expr) -> bool {
    matches!(node.kind, ExprKind::While { .. } | ExprKind::ForRange { .. } | ExprKind::ForEach { .. })
}
