//! Deep copies: what assignment means in languages whose containers have one owner.

use alloc::vec::Vec;

use crate::{Control, Heap, List, Runtime, Tag, Value};

impl Runtime {
    /// An independent copy of a value: of lists, maps, records and copyable foreign objects, and of everything that they
    /// contain. Strings cannot change, and functions, cells, fibers and other foreign objects have an identity: these
    /// are shared. A part that is reachable on two ways is copied twice. Costs one unit of work per part.
    ///
    /// # Errors
    /// Out of memory or fuel, also for values that contain themselves.
    pub fn deep_copy(&mut self, v: Value) -> Result<Value, Control> {
        if !is_container(v) {
            return Ok(v);
        }
        let copy = self.copy_top(v)?;
        let mut open = Vec::from([copy]);
        let mut parts = Vec::new();
        while let Some(container) = open.pop() {
            parts.clear();
            self.heap.parts(container, &mut parts);
            self.charge(parts.len())?;
            if !parts.iter().any(|p| is_container(*p)) {
                continue;
            }
            for part in &mut parts {
                if is_container(*part) {
                    *part = self.copy_top(*part)?;
                    open.push(*part);
                }
            }
            self.heap.set_parts(container, &parts);
        }
        Ok(copy)
    }

    fn copy_top(&mut self, v: Value) -> Result<Value, Control> {
        let len = match v.tag() {
            Tag::List => self.heap.items(v).map_or(0, Vec::capacity),
            Tag::Map => self.heap.entries(v).map_or(0, crate::Map::len) * 3,
            _ => self.heap.fields(v).map_or(0, <[Value]>::len),
        };
        self.charge(1)?;
        let bytes = (len + 4) * size_of::<Value>();
        if bytes > self.heap.limit().saturating_sub(self.heap.bytes()) {
            return Err(crate::out_of_memory());
        }
        Ok(self.heap.copy_unmarked(v))
    }
}

fn is_container(v: Value) -> bool {
    matches!(v.tag(), Tag::List | Tag::Map | Tag::Record | Tag::Foreign)
}

impl Heap {
    /// A shallow copy that leaves the parts' marks as they are; whoever asks for it replaces all containers among them.
    /// A list's copy has the same capacity, which programs may see.
    fn copy_unmarked(&mut self, v: Value) -> Value {
        match v.tag() {
            Tag::List => {
                let mut copy = List::new();
                if let Some(items) = self.items(v) {
                    copy.reserve_exact(items.capacity());
                    copy.extend_from_slice(items);
                }
                let copy = self.list(copy);
                if self.is_fixed(v) {
                    self.fix_length(copy);
                }
                copy
            }
            Tag::Map => {
                let copy = self.entries(v).cloned().unwrap_or_default();
                self.map(copy)
            }
            Tag::Record if !self.has_grown(v) => match (self.shape_of(v), self.fields(v).map(<[Value]>::to_vec)) {
                (Some(shape), Some(fields)) => self.record(shape, &fields),
                _ => v,
            },
            _ => self.copy_container(v),
        }
    }

    /// Appends the parts of a container in their order; those of foreign objects are their own matter.
    fn parts(&self, v: Value, out: &mut Vec<Value>) {
        match v.tag() {
            Tag::List => out.extend_from_slice(self.items(v).map_or(&[], Vec::as_slice)),
            Tag::Map => out.extend(self.entries(v).into_iter().flat_map(|m| m.iter().map(|(_, value)| value))),
            Tag::Record => out.extend_from_slice(self.fields(v).unwrap_or_default()),
            _ => {}
        }
    }

    fn set_parts(&mut self, v: Value, parts: &[Value]) {
        match v.tag() {
            Tag::Map => {
                if let Some(map) = self.entries_mut(v) {
                    map.set_values(parts);
                }
            }
            Tag::Record => {
                if let Some(fields) = self.fields_mut(v) {
                    fields.copy_from_slice(parts);
                }
            }
            _ => {
                if let Some(items) = self.items_mut(v) {
                    items.copy_from_slice(parts);
                }
            }
        }
    }
}
