//! Heap objects of Ruff beyond the common kinds: sets, queues, stacks, bytes,
//! promises, channels.
//!
//! Invariants: all but promises and channels have value semantics (they can
//! be copied). A promise is settled in advance: only timers and host work
//! done at once make promises, so the outcome and the moment when it becomes
//! visible are known when the promise is made.

use alloc::{boxed::Box, collections::VecDeque, string::String, vec::Vec};
use core::any::Any;

use motet_runtime::{Foreign, Map, Runtime, Tag, Tracer, Value};

use super::equality::equal;

macro_rules! foreign {
    ($ty:ty, |$this:ident, $tracer:ident| $trace:expr, |$size:ident| $bytes:expr, |$from:ident| $copy:expr) => {
        impl Foreign for $ty {
            fn trace(&self, tracer: &mut Tracer<'_>) {
                let ($this, $tracer) = (self, tracer);
                $trace
            }

            fn extra_bytes(&self) -> usize {
                let $size = self;
                $bytes
            }

            fn copy(&self) -> Option<Box<dyn Foreign>> {
                let $from = self;
                $copy
            }

            fn as_any(&self) -> &dyn Any {
                self
            }

            fn as_any_mut(&mut self) -> &mut dyn Any {
                self
            }
        }
    };
}

/// Bytes.
#[derive(Clone, Debug, Default)]
pub struct Bytes(pub Vec<u8>);
foreign!(Bytes, |_s, _t| {}, |s| s.0.capacity(), |s| Some(Box::new(s.clone())));

/// First in, first out.
#[derive(Clone, Debug, Default)]
pub struct Queue(pub VecDeque<Value>);
foreign!(Queue, |s, t| s.0.iter().for_each(|&v| t.value(v)), |s| s.0.capacity() * size_of::<Value>(), |s| Some(
    Box::new(s.clone())
));

/// Last in, first out.
#[derive(Clone, Debug, Default)]
pub struct Stack(pub Vec<Value>);
foreign!(Stack, |s, t| t.values(&s.0), |s| s.0.capacity() * size_of::<Value>(), |s| Some(Box::new(s.clone())));

/// A channel between tasks; a reference.
#[derive(Debug, Default)]
pub struct Channel(pub VecDeque<Value>);
foreign!(Channel, |s, t| s.0.iter().for_each(|&v| t.value(v)), |s| s.0.capacity() * size_of::<Value>(), |_s| None);

/// A promise; see the module's invariant.
#[derive(Debug)]
pub struct Promise {
    /// Moment of the host's monotonic clock, in nanoseconds, from which the outcome is visible.
    pub ready_at: u64,
    /// Value, or message of the rejection.
    pub outcome: Result<Value, String>,
}
foreign!(
    Promise,
    |s, t| {
        if let Ok(v) = &s.outcome {
            t.value(*v);
        }
    },
    |s| s.outcome.as_ref().err().map_or(0, String::len),
    |_s| None
);

/// A set in insertion order. Elements are the keys of `items`; ints, strings, bools and nil are found
/// by their key, all others (`complex` of them) are kept by identity and found by comparing.
#[derive(Clone, Default)]
pub struct Set {
    /// The elements, as keys with value nil.
    pub items: Map,
    /// Number of elements that are not found by key.
    pub complex: usize,
}
foreign!(Set, |s, t| s.items.iter().for_each(|(k, _)| t.value(k)), |s| s.items.extra_bytes(), |s| Some(Box::new(
    s.clone()
)));

fn is_simple(v: Value) -> bool {
    matches!(v.tag(), Tag::Int | Tag::Str | Tag::Bool | Tag::Nil)
}

impl Set {
    /// The element equal to `v`.
    #[must_use]
    pub fn find(&self, rt: &Runtime, v: Value) -> Option<Value> {
        let simple = is_simple(v);
        if simple && self.items.contains(rt.heap.key(v)) {
            return Some(v);
        }
        if simple && self.complex == 0 {
            return None;
        }
        self.items.iter().map(|(k, _)| k).find(|&k| (!simple || !is_simple(k)) && equal(rt, k, v))
    }

    /// Adds an element that is not there yet.
    pub fn add(&mut self, rt: &Runtime, v: Value) {
        self.complex += usize::from(!is_simple(v));
        self.items.insert(rt.heap.key(v), Value::NIL);
    }

    /// Removes the element equal to `v`.
    pub fn remove(&mut self, rt: &Runtime, v: Value) {
        if let Some(found) = self.find(rt, v) {
            self.items.remove(rt.heap.key(found));
            self.complex -= usize::from(!is_simple(found));
        }
    }

    /// The elements in insertion order.
    #[must_use]
    pub fn values(&self) -> Vec<Value> {
        self.items.iter().map(|(k, _)| k).collect()
    }
}
