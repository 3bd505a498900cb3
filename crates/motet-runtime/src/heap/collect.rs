//! Collection: marking with an explicit stack, sweeping into runs of free cells.
#![allow(unsafe_code)]

use alloc::{
    alloc::{alloc_zeroed, dealloc, handle_alloc_error},
    boxed::Box,
    vec::Vec,
};
use core::{alloc::Layout, ptr};

use super::{BLOCK, Cell, FLAG_FIBER, FREE, FreeRun, Header, Heap, MIN_THRESHOLD, SLOTS_AT, STEP, Slots};
use crate::{Foreign, List, Map, Tag, Tracer, Value, string::Str};

impl Heap {
    /// Frees every cell that cannot be reached from the values that `roots` reports.
    ///
    /// # Safety
    /// Every value that will be used afterwards is reported, or reachable from a reported one.
    pub unsafe fn collect(&mut self, roots: impl FnOnce(&mut Tracer<'_>)) {
        let mut marker = Marker { stack: core::mem::take(&mut self.stack), owned: 0 };
        for &v in &self.ascii {
            marker.mark(v);
        }
        roots(&mut Tracer { visit: &mut |v| marker.mark(v) });
        while let Some(v) = marker.stack.pop() {
            self.scan(v, &mut marker);
        }
        self.stack = marker.stack;
        self.stats.peak = self.stats.peak.max(self.bytes);
        let cells = self.sweep();
        self.bytes = cells + marker.owned;
        let next = (self.bytes * 2 + MIN_THRESHOLD).min(self.limit.max(self.bytes + self.bytes / 8));
        self.threshold = if self.stress { 0 } else { next };
        self.stats.collections += 1;
    }

    /// Marks what a cell refers to and counts the bytes that it owns outside its cell.
    fn scan(&self, v: Value, marker: &mut Marker) {
        match v.tag() {
            Tag::List => {
                let Some(items) = self.items(v) else { return };
                for &i in items {
                    marker.mark(i);
                }
                marker.owned += items.capacity() * size_of::<Value>();
            }
            Tag::Map => {
                let Some(map) = self.entries(v) else { return };
                for (k, i) in map.iter() {
                    marker.mark(k);
                    marker.mark(i);
                }
                marker.owned += map.extra_bytes();
            }
            Tag::Record | Tag::Closure => {
                // SAFETY: a live record or closure (H1, H2).
                let values =
                    unsafe { core::slice::from_raw_parts(Self::slots_data(v), (*Self::slots_head(v)).len as usize) };
                for &i in values {
                    marker.mark(i);
                }
            }
            Tag::Cell => {
                if let Some(content) = self.cell_get(v) {
                    marker.mark(content);
                }
            }
            Tag::Foreign => {
                let Some(object) = self.foreign_ref(v) else { return };
                object.trace(&mut Tracer { visit: &mut |p| marker.mark(p) });
                marker.owned += object.extra_bytes() + 64;
            }
            // Strings refer to nothing (see `Marker::mark`); the others are no cells.
            Tag::Str | Tag::Int | Tag::Float | Tag::Nil | Tag::Bool | Tag::Unset | Tag::Func | Tag::Native => {}
        }
    }

    /// Frees unmarked cells, clears the marks; returns the bytes of the cells that stay.
    fn sweep(&mut self) -> usize {
        let mut live = 0;
        let mut freed = 0;
        for (i, class) in self.classes.iter_mut().enumerate() {
            let cell = (i + 1) * STEP;
            let mut runs: *mut FreeRun = ptr::null_mut();
            for block in &class.blocks {
                let mut run: *mut FreeRun = ptr::null_mut();
                let mut at = 0;
                while at + cell <= BLOCK {
                    // SAFETY: `at + cell <= BLOCK`; every cell of a block has a header, zero before its first use,
                    // and is large enough for a `FreeRun`, since none is smaller than a record without fields.
                    unsafe {
                        let header = block.as_ptr().add(at).cast::<Header>();
                        at += cell;
                        if (*header).marked {
                            (*header).marked = false;
                            live += cell;
                            run = ptr::null_mut();
                            continue;
                        }
                        if (*header).kind != FREE {
                            if (*header).flags & FLAG_FIBER != 0 && (*header).kind == Tag::Foreign as u8 {
                                self.fiber_cells = self.fiber_cells.saturating_sub(1);
                            }
                            drop_payload(header);
                            (*header).kind = FREE;
                            freed += 1;
                        }
                        if run.is_null() {
                            run = header.cast();
                            (*run).next = runs;
                            runs = run;
                        }
                        (*run).end = block.as_ptr().add(at);
                    }
                }
            }
            (class.cursor, class.end, class.runs) = (ptr::null_mut(), ptr::null_mut(), runs);
        }
        self.large.retain(|&header| {
            // SAFETY: large cells stay valid until they are freed right here.
            unsafe {
                let header = header.as_ptr();
                let size = large_size(header);
                if (*header).marked {
                    (*header).marked = false;
                    live += size;
                    return true;
                }
                drop_payload(header);
                dealloc(header.cast(), large_layout(size));
            }
            freed += 1;
            false
        });
        self.stats.freed += freed;
        live
    }
}

impl Drop for Heap {
    fn drop(&mut self) {
        // Nothing is marked between collections: everything is freed.
        self.sweep();
        for class in &self.classes {
            for block in &class.blocks {
                // SAFETY: allocated with the same layout, and no cell of it is used any more.
                unsafe { dealloc(block.as_ptr(), block_layout()) };
            }
        }
    }
}

/// State of a collection.
struct Marker {
    /// Marked cells whose content is not marked yet.
    stack: Vec<Value>,
    /// Bytes that marked cells own outside themselves.
    owned: usize,
}

impl Marker {
    #[inline(always)]
    fn mark(&mut self, v: Value) {
        if !v.tag().is_heap() {
            return;
        }
        // SAFETY: a live cell (H2), of the kind that the tag says (H1); the collector holds the heap exclusively.
        unsafe {
            let header = Heap::header(v);
            if (*header).marked {
                return;
            }
            (*header).marked = true;
            if v.tag() == Tag::Str {
                self.owned += (*Heap::payload::<Str>(v)).extra_bytes();
            } else {
                self.stack.push(v);
            }
        }
    }
}

/// # Safety
/// `header` is the header of a cell that is not free and will not be used again.
unsafe fn drop_payload(header: *mut Header) {
    // SAFETY: the kind names the payload type (H1).
    unsafe {
        match (*header).kind {
            k if k == Tag::Str as u8 => ptr::drop_in_place(ptr::addr_of_mut!((*header.cast::<Cell<Str>>()).payload)),
            k if k == Tag::List as u8 => ptr::drop_in_place(ptr::addr_of_mut!((*header.cast::<Cell<List>>()).payload)),
            k if k == Tag::Map as u8 => ptr::drop_in_place(ptr::addr_of_mut!((*header.cast::<Cell<Map>>()).payload)),
            k if k == Tag::Foreign as u8 => {
                ptr::drop_in_place(ptr::addr_of_mut!((*header.cast::<Cell<Box<dyn Foreign>>>()).payload));
            }
            // Records, closures and cells own nothing outside themselves.
            _ => {}
        }
    }
}

/// # Safety
/// `header` is the header of a live large cell: only records and closures get that large.
unsafe fn large_size(header: *mut Header) -> usize {
    // SAFETY: such cells carry `Slots` behind the header (H1).
    unsafe {
        SLOTS_AT + (*header.cast::<u8>().add(size_of::<Header>()).cast::<Slots>()).len as usize * size_of::<Value>()
    }
}

pub(super) fn block_layout() -> Layout {
    Layout::from_size_align(BLOCK, 16).expect("a power of two that fits")
}

pub(super) fn large_layout(size: usize) -> Layout {
    Layout::from_size_align(size, 16).expect("cells are far smaller than the address space")
}

pub(super) fn zeroed(layout: Layout) -> ptr::NonNull<u8> {
    // SAFETY: the layout's size is not zero.
    ptr::NonNull::new(unsafe { alloc_zeroed(layout) }).unwrap_or_else(|| handle_alloc_error(layout))
}
