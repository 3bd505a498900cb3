//! The allocator: all memory between the image and the stack's guard.
#![allow(unsafe_code)]

use core::alloc::{GlobalAlloc, Layout};
use core::cell::UnsafeCell;
use core::ptr::{self, NonNull};

use talc::{ErrOnOom, Span, Talc};

struct State {
    talc: Talc<ErrOnOom>,
    used: usize,
    peak: usize,
}

struct Heap(UnsafeCell<State>);

// SAFETY: one hart, no interrupts; a trap handler does not allocate.
unsafe impl Sync for Heap {}

#[global_allocator]
static HEAP: Heap = Heap(UnsafeCell::new(State { talc: Talc::new(ErrOnOom), used: 0, peak: 0 }));

unsafe extern "C" {
    static _heap_start: u8;
    static _heap_end: u8;
}

/// Takes the memory into use; to be called once after each start.
pub fn init() {
    let span = Span::new((&raw const _heap_start).cast_mut(), (&raw const _heap_end).cast_mut());
    // SAFETY: the linker script reserves this range for nothing else; nothing was allocated before.
    unsafe {
        let state = &mut *HEAP.0.get();
        state.used = 0;
        state.peak = 0;
        // An empty span cannot be claimed; the linker script makes sure that it is not.
        let _ = state.talc.claim(span);
    }
}

/// Bytes in all.
pub fn capacity() -> usize {
    &raw const _heap_end as usize - &raw const _heap_start as usize
}

/// Bytes in use.
pub fn used() -> usize {
    // SAFETY: as for the allocator itself.
    unsafe { (*HEAP.0.get()).used }
}

/// Most bytes that were in use at once.
pub fn peak() -> usize {
    // SAFETY: as for the allocator itself.
    unsafe { (*HEAP.0.get()).peak }
}

/// Forgets the peak, to measure from here on.
pub fn reset_peak() {
    // SAFETY: as for the allocator itself.
    unsafe {
        let state = &mut *HEAP.0.get();
        state.peak = state.used;
    }
}

impl State {
    fn changed(&mut self, before: usize, after: usize) {
        self.used = self.used - before + after;
        self.peak = self.peak.max(self.used);
    }
}

// SAFETY: the work is Talc's; layouts are handed on as they come.
unsafe impl GlobalAlloc for Heap {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: nobody else is in here (see `Sync`); the caller keeps the contract of `GlobalAlloc`.
        unsafe {
            let state = &mut *self.0.get();
            match state.talc.malloc(layout) {
                Ok(p) => {
                    state.changed(0, layout.size());
                    p.as_ptr()
                }
                Err(()) => ptr::null_mut(),
            }
        }
    }

    unsafe fn dealloc(&self, p: *mut u8, layout: Layout) {
        // SAFETY: as above.
        unsafe {
            let state = &mut *self.0.get();
            state.talc.free(NonNull::new_unchecked(p), layout);
            state.changed(layout.size(), 0);
        }
    }

    /// In place where possible: a list that grows needs no second copy then.
    unsafe fn realloc(&self, p: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        // SAFETY: as above.
        unsafe {
            let state = &mut *self.0.get();
            let old = NonNull::new_unchecked(p);
            if new_size <= layout.size() {
                state.talc.shrink(old, layout, new_size);
                state.changed(layout.size(), new_size);
                return p;
            }
            if state.talc.grow_in_place(old, layout, new_size).is_ok() {
                state.changed(layout.size(), new_size);
                return p;
            }
            let new = self.alloc(Layout::from_size_align_unchecked(new_size, layout.align()));
            if !new.is_null() {
                ptr::copy_nonoverlapping(p, new, layout.size());
                self.dealloc(p, layout);
            }
            new
        }
    }
}
