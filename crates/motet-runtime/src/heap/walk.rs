//! Visits of every cell, for work on all objects of a kind.
#![allow(unsafe_code)]

use alloc::vec::Vec;

use super::{BLOCK, FLAG_FIBER, FREE, Header, Heap, STEP};
use crate::{Tag, Value};

/// Kind of a cell by its header.
fn tag_of(kind: u8) -> Option<Tag> {
    let tags = [Tag::Str, Tag::List, Tag::Map, Tag::Record, Tag::Closure, Tag::Cell, Tag::Foreign];
    tags.into_iter().find(|t| *t as u8 == kind)
}

impl Heap {
    /// Every object, alive or not yet found to be dead, in the order of their addresses within each size. Objects that
    /// `visit` does not ask the heap to free or make are all that there are.
    pub fn for_each_object(&self, mut visit: impl FnMut(Value)) {
        for (i, class) in self.classes.iter().enumerate() {
            let cell = (i + 1) * STEP;
            for block in &class.blocks {
                for at in (0..=BLOCK - cell).step_by(cell) {
                    // SAFETY: every cell of a block has a header, whose kind is `FREE` (zero) unless a payload of that
                    // kind lies behind it (H1); shared borrow.
                    let (header, kind) = unsafe {
                        let header = block.as_ptr().add(at).cast::<Header>();
                        (header, (*header).kind)
                    };
                    if kind != FREE
                        && let Some(tag) = tag_of(kind)
                    {
                        visit(Value::heap(tag, header as usize));
                    }
                }
            }
        }
        for &header in &self.large {
            // SAFETY: large cells are live until they are taken off this list (H1).
            let kind = unsafe { (*header.as_ptr()).kind };
            if let Some(tag) = tag_of(kind) {
                visit(Value::heap(tag, header.as_ptr() as usize));
            }
        }
    }

    /// Everything that an object refers to.
    pub fn for_each_part(&self, v: Value, visit: &mut dyn FnMut(Value)) {
        match v.tag() {
            Tag::List => self.items(v).into_iter().flatten().for_each(|i| visit(*i)),
            Tag::Map => self.entries(v).into_iter().flat_map(crate::Map::iter).for_each(|(k, i)| {
                visit(k);
                visit(i);
            }),
            Tag::Record => self.fields(v).into_iter().flatten().for_each(|i| visit(*i)),
            Tag::Closure => self.captures(v).into_iter().flatten().for_each(|i| visit(*i)),
            Tag::Cell => self.cell_get(v).into_iter().for_each(visit),
            Tag::Foreign => {
                if let Some(object) = self.foreign_ref(v) {
                    object.trace(&mut crate::Tracer { visit });
                }
            }
            Tag::Str | Tag::Int | Tag::Float | Tag::Nil | Tag::Bool | Tag::Unset | Tag::Func | Tag::Native => {}
        }
    }

    /// All fibers that are suspended, or were and are not yet found to be dead.
    #[must_use]
    pub fn fibers(&self) -> Vec<Value> {
        let mut found = Vec::new();
        if self.fiber_cells > 0 {
            self.for_each_object(|v| {
                // SAFETY: a live cell (H2); shared borrow.
                if v.tag() == Tag::Foreign && unsafe { (*Self::header(v)).flags } & FLAG_FIBER != 0 {
                    found.push(v);
                }
            });
        }
        found
    }
}
