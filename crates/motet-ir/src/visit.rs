//! Generic access to the operands of a node, so that passes, printer and
//! checker do not each repeat the list of node kinds.
//!
//! Invariant: children are visited in evaluation order, each exactly once.
//! Note that `SetPlace` evaluates its value before its index expressions.

use alloc::{vec, vec::Vec};

use crate::{Elem, Entry, Expr, ExprKind, PlaceStep};

macro_rules! visit_children {
    ($kind:expr, $f:ident, $iter:ident, $($by_ref:ident)?) => {
        match $kind {
            ExprKind::Nil
            | ExprKind::Unset
            | ExprKind::Bool(_)
            | ExprKind::Int(_)
            | ExprKind::Float(_)
            | ExprKind::Str(_)
            | ExprKind::Func(_)
            | ExprKind::Native(_)
            | ExprKind::Local(_)
            | ExprKind::Capture(_)
            | ExprKind::Global(_)
            | ExprKind::GlobalOrUnset(_)
            | ExprKind::Break(_)
            | ExprKind::Continue(_)
            | ExprKind::RaiseError(_) => {}
            ExprKind::SetLocal(_, a)
            | ExprKind::SetCapture(_, a)
            | ExprKind::SetGlobal(_, a)
            | ExprKind::IsUnset(a)
            | ExprKind::CheckSet(a, _)
            | ExprKind::Unary(_, _, a)
            | ExprKind::Truthy(a)
            | ExprKind::IsNil(a)
            | ExprKind::IsClass(a, _)
            | ExprKind::IsType(a, _)
            | ExprKind::Cast(_, a)
            | ExprKind::Share(a)
            | ExprKind::NewCell(a)
            | ExprKind::CellGet(a)
            | ExprKind::Field(a, _)
            | ExprKind::Slot(a, _, _)
            | ExprKind::Part(a, _)
            | ExprKind::Return(a)
            | ExprKind::Raise(a)
            | ExprKind::Yield(a)
            | ExprKind::Await(a) => $f(a),
            ExprKind::Binary(_, _, a, b)
            | ExprKind::And(a, b)
            | ExprKind::Or(a, b)
            | ExprKind::SharePart(a, b)
            | ExprKind::CellSet(a, b)
            | ExprKind::Index(a, b)
            | ExprKind::SetField(a, _, b)
            | ExprKind::SetSlot(a, _, _, b)
            | ExprKind::SetPart(a, _, b) => {
                $f(a);
                $f(b);
            }
            ExprKind::SetIndex(a, b, c) | ExprKind::If(a, b, c) => {
                $f(a);
                $f(b);
                $f(c);
            }
            ExprKind::Concat(parts)
            | ExprKind::Block(parts)
            | ExprKind::Closure(_, parts)
            | ExprKind::Call(_, parts) => {
                for part in parts.$iter() {
                    $f(part);
                }
            }
            ExprKind::List(elems) => {
                for elem in elems.$iter() {
                    match elem {
                        Elem::One(a) | Elem::Spread(a) => $f(a),
                    }
                }
            }
            ExprKind::Map(entries) => {
                for entry in entries.$iter() {
                    match entry {
                        Entry::One(k, v) => {
                            $f(k);
                            $f(v);
                        }
                        Entry::Spread(a) => $f(a),
                    }
                }
            }
            ExprKind::Record(_, fields) => {
                for (_, value) in fields.$iter() {
                    $f(value);
                }
            }
            ExprKind::SetPlace(_, steps, value) => {
                $f(value);
                for step in steps.$iter() {
                    match step {
                        PlaceStep::Index(a) => $f(a),
                        PlaceStep::Field(_) => {}
                    }
                }
            }
            ExprKind::CallNative(_, args) => {
                for arg in args.$iter() {
                    $f(&$($by_ref)? arg.expr);
                }
            }
            ExprKind::CallValue(base, args) | ExprKind::Send(base, _, args) => {
                $f(base);
                for arg in args.$iter() {
                    $f(&$($by_ref)? arg.expr);
                }
            }
            ExprKind::SendFrom(start, receiver, _, args) => {
                $f(start);
                $f(receiver);
                for arg in args.$iter() {
                    $f(arg);
                }
            }
            ExprKind::Choose { cond, then, else_, other, .. } => {
                $f(cond);
                $f(then);
                $f(else_);
                $f(other);
            }
            ExprKind::While { cond, body, step, .. } => {
                if let Some(cond) = cond {
                    $f(cond);
                }
                $f(body);
                if let Some(step) = step {
                    $f(step);
                }
            }
            ExprKind::ForRange { from, to, body, .. } => {
                $f(from);
                $f(to);
                $f(body);
            }
            ExprKind::ForEach { iter, body, .. } => {
                $f(iter);
                $f(body);
            }
            ExprKind::Try { body, handler, .. } => {
                $f(body);
                $f(handler);
            }
        }
    };
}

/// Levels that [`Expr::walk`] recurses into.
const RECURSION: u32 = 64;

impl Expr {
    /// Calls `f` for each direct operand, in evaluation order.
    pub fn for_each_child<'a>(&'a self, mut f: impl FnMut(&'a Expr)) {
        visit_children!(&self.kind, f, iter,);
    }

    /// Calls `f` for each direct operand, in evaluation order.
    pub fn for_each_child_mut<'a>(&'a mut self, mut f: impl FnMut(&'a mut Expr)) {
        visit_children!(&mut self.kind, f, iter_mut, mut);
    }

    /// Calls `f` for this node and everything below it, parents first, in
    /// evaluation order. Any depth will do.
    pub fn walk<'a>(&'a self, mut f: impl FnMut(&'a Expr)) {
        self.walk_within(RECURSION, &mut f);
    }

    /// Recursion is the faster way; what is deeper than it may go takes an explicit stack.
    fn walk_within<'a>(&'a self, levels: u32, f: &mut impl FnMut(&'a Expr)) {
        if levels > 0 {
            f(self);
            self.for_each_child(|child| child.walk_within(levels - 1, f));
            return;
        }
        let mut stack = vec![self];
        while let Some(node) = stack.pop() {
            f(node);
            let first = stack.len();
            node.for_each_child(|child| stack.push(child));
            stack[first..].reverse();
        }
    }

    /// Number of nodes on the longest path down. Uses an explicit stack: any depth will do.
    #[must_use]
    pub fn depth(&self) -> usize {
        let mut deepest = 0;
        let mut stack: Vec<(&Expr, usize)> = vec![(self, 1)];
        while let Some((node, depth)) = stack.pop() {
            deepest = deepest.max(depth);
            node.for_each_child(|child| stack.push((child, depth + 1)));
        }
        deepest
    }

    /// Number of nodes, this one included.
    #[must_use]
    pub fn size(&self) -> usize {
        let mut count = 0;
        self.walk(|_| count += 1);
        count
    }
}
