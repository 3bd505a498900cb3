//! Heap objects that a language or host defines in Rust.

use alloc::boxed::Box;
use core::any::Any;

use crate::Value;

/// Receives the values that an object holds, while the collector marks.
pub struct Tracer<'a> {
    pub(crate) visit: &'a mut dyn FnMut(Value),
}

impl Tracer<'_> {
    /// Reports one value.
    pub fn value(&mut self, v: Value) {
        (self.visit)(v);
    }

    /// Reports many values.
    pub fn values(&mut self, vs: &[Value]) {
        for &v in vs {
            (self.visit)(v);
        }
    }
}

/// An object kind added from outside: sets, promises, fibers, host handles.
pub trait Foreign: Any {
    /// Reports every value held.
    fn trace(&self, tracer: &mut Tracer<'_>);

    /// Bytes held beyond the object itself, for the heap limit.
    fn extra_bytes(&self) -> usize {
        0
    }

    /// A copy for value semantics; `None` for objects with identity.
    fn copy(&self) -> Option<Box<dyn Foreign>> {
        None
    }

    /// For downcasts.
    fn as_any(&self) -> &dyn Any;

    /// For downcasts.
    fn as_any_mut(&mut self) -> &mut dyn Any;
}

/// The suspended state of a fiber, in whatever form its engine keeps it.
pub trait FiberState: Any {
    /// Reports every value held.
    fn trace(&self, tracer: &mut Tracer<'_>);

    /// Bytes held.
    fn extra_bytes(&self) -> usize;

    /// For downcasts.
    fn as_any_mut(&mut self) -> &mut dyn Any;
}

/// A generator: a call that can be resumed. Engines make and resume fibers;
/// languages only recognise and show them.
pub struct Fiber {
    /// The generator function.
    pub func: crate::FuncId,
    /// `None` while it runs and after it ended.
    pub state: Option<Box<dyn FiberState>>,
}

impl Foreign for Fiber {
    fn trace(&self, tracer: &mut Tracer<'_>) {
        if let Some(state) = &self.state {
            state.trace(tracer);
        }
    }

    fn extra_bytes(&self) -> usize {
        self.state.as_ref().map_or(0, |s| s.extra_bytes())
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn as_any_mut(&mut self) -> &mut dyn Any {
        self
    }
}
