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
    /// Per local: its changes, ascending.
    by_local: Vec<Vec<u32>>,
    /// The stretch of each loop, in the order in which loops are entered.
    loops: Vec<Stretch>,
}

impl Changes {
    pub(crate) fn of(function: &Function) -> Self {
        let by_local = vec![Vec::new(); function.locals.len()];
        let mut changes = Self { order: Vec::new(), by_local, loops: Vec::new() };
        changes.collect(&function.body);
        changes
    }

    fn collect(&mut self, node: &Expr) {
        let start = self.order.len() as u32;
        let number = self.loops.len();
        if is_loop(node) {
            self.loops.push((start, start));
        }
        // A loop variable changes before the body and a catch variable before the handler, but what
        // counts is that it changes within the node.
        node.for_each_child(|child| self.collect(child));
        if let Some(local) = changed_by(node) {
            self.by_local[local.index()].push(self.order.len() as u32);
            self.order.push(local);
        }
        if is_loop(node) {
            self.loops[number].1 = self.order.len() as u32;
        }
    }

    /// The stretch of loop number `index`, itself included.
    pub(crate) fn of_loop(&self, index: usize) -> Stretch {
        self.loops[index]
    }

    /// Whether the stretch changes the local.
    pub(crate) fn within(&self, local: LocalIdx, stretch: Stretch) -> bool {
        let changes = &self.by_local[local.index()];
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
        ExprKind::ForRange { var, .. } | ExprKind::ForEach { var, .. } | ExprKind::Try { var, .. } => Some(*var),
        _ => None,
    }
}

/// Whether the node repeats its operands.
pub(crate) fn is_loop(node: &Expr) -> bool {
    matches!(node.kind, ExprKind::While { .. } | ExprKind::ForRange { .. } | ExprKind::ForEach { .. })
}
