//! What is left to do, as data: operand stack, pending nodes, frames, loops
//! and handlers of one fiber.
//!
//! Invariants: `work` holds, for each frame, [`Work::END`] and above it the
//! nodes that wait for an operand; a frame's locals start at `base` of
//! `values`, its operands lie above them; `scopes` are the loops and handlers
//! entered and not left, innermost last.

use alloc::vec::Vec;

use motet_runtime::{FiberState, Shared, Tracer, Value};

use crate::tree::{Code, NodeIdx};

/// A node that waits for a value.
#[derive(Clone, Copy)]
pub(crate) struct Work {
    pub(crate) node: NodeIdx,
    /// What the node waits for; below [`AFTER`]: operand number `step - 1`.
    pub(crate) step: u32,
}

/// First step number of waits that are not for operands.
pub(crate) const AFTER: u32 = 1 << 30;

impl Work {
    /// Marks the bottom of a frame: the value is the function's result.
    pub(crate) const END: Work = Work { node: NodeIdx(u32::MAX), step: 0 };
}

/// A loop or handler that was entered.
#[derive(Clone, Copy)]
pub(crate) struct Scope {
    pub(crate) node: NodeIdx,
    /// Length of `work` inside, without what the body adds.
    pub(crate) work: usize,
    /// Length of `values` inside, loop state included.
    pub(crate) values: usize,
}

/// An active call.
pub(crate) struct Frame {
    pub(crate) code: Shared<Code>,
    /// The closure that runs; `nil` for plain functions.
    pub(crate) closure: Value,
    /// First local.
    pub(crate) base: usize,
    /// Length of `values` after the call.
    pub(crate) bottom: usize,
    /// Length of `work` after the call.
    pub(crate) work: usize,
    /// Length of `scopes` after the call.
    pub(crate) scopes: usize,
    /// The node that called, while a callee runs.
    pub(crate) at: NodeIdx,
}

/// The stacks of one fiber.
#[derive(Default)]
pub(crate) struct Stack {
    pub(crate) values: Vec<Value>,
    pub(crate) work: Vec<Work>,
    pub(crate) scopes: Vec<Scope>,
    pub(crate) frames: Vec<Frame>,
}

impl Stack {
    pub(crate) fn trace(&self, tracer: &mut Tracer<'_>) {
        tracer.values(&self.values);
        for frame in &self.frames {
            tracer.value(frame.closure);
        }
    }

    pub(crate) fn bytes(&self) -> usize {
        self.values.capacity() * size_of::<Value>()
            + self.work.capacity() * size_of::<Work>()
            + self.scopes.capacity() * size_of::<Scope>()
            + self.frames.capacity() * size_of::<Frame>()
    }

    pub(crate) fn clear(&mut self) {
        *self = Stack::default();
    }

    pub(crate) fn push(&mut self, v: Value) {
        self.values.push(v);
    }

    /// The top operand, removed.
    pub(crate) fn pop(&mut self) -> Value {
        debug_assert!(!self.values.is_empty());
        self.values.pop().unwrap_or(Value::NIL)
    }

    pub(crate) fn wait(&mut self, node: NodeIdx, step: u32) {
        self.work.push(Work { node, step });
    }

    /// Removes the top `n` operands, which stay in order.
    pub(crate) fn take(&mut self, n: usize) -> Vec<Value> {
        self.values.split_off(self.values.len().saturating_sub(n))
    }
}

/// A generator between two of its values.
pub(crate) struct Suspended {
    pub(crate) stack: Stack,
    /// Value of the `yield` that suspended it; `None` before the first resumption.
    pub(crate) value: Option<Value>,
}

impl FiberState for Suspended {
    fn trace(&self, tracer: &mut Tracer<'_>) {
        self.stack.trace(tracer);
        if let Some(v) = self.value {
            tracer.value(v);
        }
    }

    fn extra_bytes(&self) -> usize {
        self.stack.bytes()
    }
}

/// A fiber that waits for a generator it resumed.
pub(crate) struct Resumer {
    pub(crate) stack: Stack,
    /// The generator that runs meanwhile.
    pub(crate) fiber: Value,
}
