//! Rooted guest values.
//!
//! Invariant: a handle's slot in `Runtime::roots` holds its value from the moment the handle is made until all its
//! clones are dropped and the isolate looked for dropped handles.

use alloc::{rc::Rc, vec::Vec};
use core::{cell::RefCell, fmt};

use motet_runtime::{Runtime, Value};

/// Name of the table among the isolate's private states.
const STATE: &str = "motet.handles";

/// A guest value that the host keeps. The value stays alive, collections included, until the last clone is dropped.
/// A handle is of use in its own isolate only; elsewhere, and after the isolate is gone, it is an error to use it.
#[derive(Clone)]
pub struct Handle(Rc<Root>);

struct Root {
    table: Rc<Table>,
    slot: usize,
}

/// Identity of an isolate for its handles, and what was dropped.
#[derive(Default)]
struct Table {
    dropped: RefCell<Vec<usize>>,
}

#[derive(Default)]
struct Handles {
    table: Rc<Table>,
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
        Self(Rc::new(Root { table, slot }))
    }

    /// The value; `None` in another isolate.
    pub(crate) fn value(&self, rt: &mut Runtime) -> Option<Value> {
        let handles: &mut Handles = rt.state_of(STATE);
        if !Rc::ptr_eq(&handles.table, &self.0.table) {
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
        if let Ok(mut dropped) = self.table.dropped.try_borrow_mut() {
            dropped.push(self.slot);
        }
    }
}

/// Lets go of the values of dropped handles.
pub(crate) fn release(rt: &mut Runtime) {
    let handles: &mut Handles = rt.state_of(STATE);
    let dropped = core::mem::take(&mut *handles.table.dropped.borrow_mut());
    handles.free.extend_from_slice(&dropped);
    for slot in dropped {
        if let Some(place) = rt.roots.get_mut(slot) {
            *place = Value::NIL;
        }
    }
}
