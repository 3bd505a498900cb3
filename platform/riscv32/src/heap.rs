//! The allocator.
#![allow(unsafe_code)]

use core::alloc::{GlobalAlloc, Layout};
use core::cell::UnsafeCell;
use core::ptr::NonNull;

use talc::{ErrOnOom, Span, Talc};

struct Heap(UnsafeCell<Talc<ErrOnOom>>);
// SAFETY: one hart, no interrupts.
unsafe impl Sync for Heap {}

#[global_allocator]
static HEAP: Heap = Heap(UnsafeCell::new(Talc::new(ErrOnOom)));

unsafe extern "C" {
    static _heap_start: u8;
    static _heap_end: u8;
}

static mut PEAK: usize = 0;

pub fn init() {
    unsafe {
        let span = Span::new(&raw const _heap_start as *mut u8, &raw const _heap_end as *mut u8);
        let _ = (*HEAP.0.get()).claim(span);
    }
}

pub fn capacity() -> usize {
    (&raw const _heap_end as usize) - (&raw const _heap_start as usize)
}

pub fn peak() -> usize { unsafe { PEAK } }

unsafe impl GlobalAlloc for Heap {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        unsafe {
            let talc = &mut *self.0.get();
            let p = talc.malloc(layout).map_or(core::ptr::null_mut(), NonNull::as_ptr);
            let used = talc.get_counters().allocated_bytes;
            if used > PEAK { PEAK = used; }
            p
        }
    }
    unsafe fn dealloc(&self, p: *mut u8, layout: Layout) {
        unsafe { (*self.0.get()).free(NonNull::new_unchecked(p), layout) }
    }
}
