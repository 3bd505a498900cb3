//! Rooted guest values.
//!
//! Invariant: a handle's slot in `Runtime::roots` holds its value from the moment the handle is made until all its
//! clones are dropped and the isolate looked for dropped handles.

use alloc::vec::Vec;
use core::fmt;

use motet_runtime::{Lock, Runtime, Shared, Value};

/// Name of the table among the isolate's private states.
const STATE: &str = "motet.handles";

/// A guest value that the host keeps. The value stays alive, collections included, until the last clone is dropped.
/// A handle is of use in its own isolate only; elsewhere, and after the isolate is gone, it is an error to use it.
#[derive(Clone)]
pub struct Handle(Shared<Root>);

struct Root {
    table: Shared<Table>,
    slot: usize,
}

/// Identity of an isolate for its handles, and what was dropped.
#[derive(Default)]
struct Table {
    dropped: Lock<Vec<usize>>,
}

#[derive(Default)]
struct Handles {
    table: Shared<Table>,
    free: Vec<usize>,
}

impl Handle {
    /// Roots a value.
    pub(crate) fn new(rt: &mut Runtime, value: Value) -> Self {
        release(rt);
        // Whoever holds the value as well must copy it before a change in place.
        rt.heap.share(value);
        let handles: &mut Handles = rt.state_of(STATE);
        let (table, free) = (handles.table.clone(), handles.free.pop());
        let slot = free.filter(|&slot| slot < rt.roots.len()).unwrap_or(rt.roots.len());
        match rt.roots.get_mut(slot) {
            Some(place) => *place = value,
            None => rt.roots.push(value),
        }
        Self(Shared::new(Root { table, slot }))
    }

    /// The value; `None` in another isolate.
    pub(crate) fn value(&self, rt: &mut Runtime) -> Option<Value> {
        let handles: &mut Handles = rt.state_of(STATE);
        if !Shared::ptr_eq(&handles.table, &self.0.table) {
            return None;
        }
        rt.roots.get(self.0.slot).copied()
    }
}

impl fmt::Debug for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Handle({})", self.0.slot)
    }
}

impl Drop for Root {
    fn drop(&mut self) {
        self.table.dropped.lock().push(self.slot);
    }
}

/// Lets go of the values of dropped handles.
pub(crate) fn release(rt: &mut Runtime) {
    let handles: &mut Handles = rt.state_of(STATE);
    let dropped = core::mem::take(&mut *handles.table.dropped.lock());
    handles.free.extend_from_slice(&dropped);
    for slot in dropped {
        if let Some(place) = rt.roots.get_mut(slot) {
            *place = Value::NIL;
        }
    }
}
