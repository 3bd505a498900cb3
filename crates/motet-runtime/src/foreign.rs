//! Heap objects that a language or host defines in Rust.
//!
//! Invariant: a fiber's `key` is the type of the object in its `state`; only [`Fiber::new`] and [`Fiber::put`] set
//! either, both together.
#![allow(unsafe_code)]

use alloc::{boxed::Box, string::String};
use core::any::{Any, TypeId};

use crate::{MaybeSend, Value};

/// Receives the values that an object holds, while the collector marks.
pub struct Tracer<'a> {
    pub(crate) visit: &'a mut dyn FnMut(Value),
}

impl<'a> Tracer<'a> {
    /// Reports to somebody other than the collector.
    pub fn new(visit: &'a mut dyn FnMut(Value)) -> Self {
        Self { visit }
    }

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

/// How a program reaches for a member of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// `object.name(…)`.
    Call,
    /// `object.name`.
    Get,
    /// `object.name = …`.
    Set,
}

/// An object kind added from outside: sets, promises, fibers, host handles.
pub trait Foreign: Any + MaybeSend {
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

    /// What the object has under a name: a function that takes the object first, then the arguments (none for
    /// [`Access::Get`], the new value for [`Access::Set`]). Languages ask before they refuse an access.
    fn member(&self, _name: &str, _access: Access) -> Option<Value> {
        None
    }

    /// What other isolates make the object of; `None` for objects that belong to one isolate.
    fn portable(&self) -> Option<Box<dyn crate::PortableObject>> {
        None
    }

    /// Text that stands for the object where a program prints it, if the object has one of its own; otherwise the
    /// language decides.
    fn printed(&self) -> Option<String> {
        None
    }

    /// What inline caches tell it from others by: objects of one kind have the same methods. 0 is never remembered.
    fn kind(&self) -> u32 {
        0
    }

    /// For downcasts.
    fn as_any(&self) -> &dyn Any;

    /// For downcasts.
    fn as_any_mut(&mut self) -> &mut dyn Any;
}

/// The suspended state of a fiber, in whatever form its engine keeps it.
pub trait FiberState: Any + MaybeSend {
    /// Reports every value held.
    fn trace(&self, tracer: &mut Tracer<'_>);

    /// Bytes held.
    fn extra_bytes(&self) -> usize;
}

/// A generator: a call that can be resumed. Engines make and resume fibers;
/// languages only recognise and show them.
pub struct Fiber {
    /// The generator function.
    pub func: crate::FuncId,
    key: TypeId,
    state: Option<Box<dyn FiberState>>,
}

impl Fiber {
    /// A fiber in its first state.
    #[must_use]
    pub fn new<T: FiberState>(func: crate::FuncId, state: Box<T>) -> Self {
        Self { func, key: TypeId::of::<T>(), state: Some(state) }
    }

    /// Takes the state out to run it; `None` while it runs, after it ended, and when it is no `T`.
    #[inline(always)]
    pub fn take<T: FiberState>(&mut self) -> Option<Box<T>> {
        if self.key != TypeId::of::<T>() {
            return None;
        }
        let state = Box::into_raw(self.state.take()?);
        // SAFETY: by the invariant the object is a `T`, and it came from a `Box<T>`.
        Some(unsafe { Box::from_raw(state.cast::<T>()) })
    }

    /// Suspends it in another state.
    #[inline(always)]
    pub fn put<T: FiberState>(&mut self, state: Box<T>) {
        self.key = TypeId::of::<T>();
        self.state = Some(state);
    }
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
