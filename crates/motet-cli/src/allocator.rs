//! The command's allocator: small blocks from free lists of their size, large ones from the system.
//!
//! Compiling makes and drops millions of small nodes, and programs make many small lists. The system's allocator
//! spends half of that time on joining freed neighbours. Ready-made allocators without that cost were
//! measured and take too much memory from the start (`docs/performance.md`).
//!
//! Invariants: a block of up to [`SMALL`] bytes belongs to the class of its rounded size, from its first use on
//! and on every thread; a block on a free list is in use nowhere else; chunks are never given back.
#![allow(unsafe_code)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::UnsafeCell;
use std::ptr;

/// Largest block that comes from a free list, in bytes.
const SMALL: usize = 512;
/// Classes are multiples of this, in bytes; it is also the alignment of small blocks.
const STEP: usize = 16;
/// What is taken from the system at a time, in bytes.
const CHUNK: usize = 64 * 1024;

/// A free block.
struct Free {
    next: *mut Free,
}

/// Free blocks of one thread.
struct Pool {
    lists: [*mut Free; SMALL / STEP],
    /// Unused part of the newest chunk.
    cursor: *mut u8,
    left: usize,
}

thread_local! {
    // Without a destructor, so that it can be used until the thread's very end.
    static POOL: UnsafeCell<Pool> = const {
        UnsafeCell::new(Pool { lists: [ptr::null_mut(); SMALL / STEP], cursor: ptr::null_mut(), left: 0 })
    };
}

impl Pool {
    /// A block of class `class`; null when the system has no memory.
    #[inline(always)]
    fn take(&mut self, class: usize) -> *mut u8 {
        let first = self.lists[class];
        if first.is_null() {
            return self.carve((class + 1) * STEP);
        }
        // SAFETY: a block on a list is free, and starts with the link to the next one.
        self.lists[class] = unsafe { (*first).next };
        first.cast()
    }

    /// A block of the newest chunk, or of a new one; what was left of the old one is too small for anything.
    fn carve(&mut self, size: usize) -> *mut u8 {
        if self.left < size {
            // SAFETY: the layout's size is not zero.
            let chunk = unsafe { System.alloc(Layout::from_size_align_unchecked(CHUNK, STEP)) };
            if chunk.is_null() {
                return chunk;
            }
            (self.cursor, self.left) = (chunk, CHUNK);
        }
        let block = self.cursor;
        // `size <= left`: the sum is at most one past the chunk's end.
        self.cursor = block.wrapping_add(size);
        self.left -= size;
        block
    }

    /// # Safety
    /// `block` is of this class and in use nowhere any more.
    #[inline(always)]
    unsafe fn give(&mut self, class: usize, block: *mut u8) {
        let block = block.cast::<Free>();
        // SAFETY: a block has room for a link, is aligned for it, and by the caller's promise is nobody's.
        unsafe { (*block).next = self.lists[class] };
        self.lists[class] = block;
    }
}

/// The class of a small block; `None` for the system's.
#[inline(always)]
fn class(layout: Layout) -> Option<usize> {
    (layout.size() <= SMALL && layout.align() <= STEP).then(|| layout.size().div_ceil(STEP).max(1) - 1)
}

/// Small blocks from free lists of their size, large ones from the system.
pub struct SizeClasses;

// SAFETY: blocks are at least as large and as aligned as asked for; `take` hands out each block once until it is given
// back; pools are per thread, so that nothing is shared; nothing here panics or allocates through itself.
unsafe impl GlobalAlloc for SizeClasses {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        match class(layout) {
            // SAFETY: the pool is this thread's, and no reference to it is alive: `take` calls nothing that comes back.
            Some(class) => POOL.with(|pool| unsafe { (*pool.get()).take(class) }),
            // SAFETY: by the caller's promise.
            None => unsafe { System.alloc(layout) },
        }
    }

    #[inline]
    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        match class(layout) {
            // SAFETY: as in `alloc`; by the caller's promise the block is of this layout and free now.
            Some(class) => POOL.with(|pool| unsafe { (*pool.get()).give(class, block) }),
            // SAFETY: blocks of such layouts are the system's.
            None => unsafe { System.dealloc(block, layout) },
        }
    }

    #[inline]
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        if class(layout).is_none() {
            // SAFETY: by the caller's promise.
            return unsafe { System.alloc_zeroed(layout) };
        }
        // SAFETY: by the caller's promise; the block has that many bytes.
        unsafe {
            let block = self.alloc(layout);
            if !block.is_null() {
                block.write_bytes(0, layout.size());
            }
            block
        }
    }

    #[inline]
    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: by the caller's promise the size is valid for the alignment.
        let wanted = unsafe { Layout::from_size_align_unchecked(size, layout.align()) };
        match (class(layout), class(wanted)) {
            (Some(old), Some(new)) if old == new => block,
            // SAFETY: such blocks are the system's before and after.
            (None, None) => unsafe { System.realloc(block, layout, size) },
            // SAFETY: by the caller's promise; the blocks are apart, and both have as many bytes as are copied.
            _ => unsafe {
                let moved = self.alloc(wanted);
                if !moved.is_null() {
                    ptr::copy_nonoverlapping(block, moved, layout.size().min(size));
                    self.dealloc(block, layout);
                }
                moved
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A block that holds its number in every byte.
    struct Block {
        at: *mut u8,
        layout: Layout,
        mark: u8,
    }

    impl Block {
        fn check(&self) {
            for i in 0..self.layout.size() {
                // SAFETY: within the block.
                assert_eq!(unsafe { self.at.add(i).read() }, self.mark);
            }
        }
    }

    #[test]
    fn blocks_keep_their_content_through_a_random_history() {
        let mut seed = 7u64;
        let mut random = move |n: usize| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (seed >> 33) as usize % n
        };
        let mut blocks: Vec<Block> = Vec::new();
        for turn in 0..20_000 {
            let mark = turn as u8;
            // SAFETY: sizes are not zero, blocks are used as they were made, and freed once.
            unsafe {
                match random(4) {
                    0 | 1 => {
                        let layout = Layout::from_size_align(1 + random(900), 1 << random(6)).expect("a layout");
                        let at =
                            if random(2) == 0 { SizeClasses.alloc(layout) } else { SizeClasses.alloc_zeroed(layout) };
                        assert_eq!(at as usize % layout.align(), 0);
                        at.write_bytes(mark, layout.size());
                        blocks.push(Block { at, layout, mark });
                    }
                    2 if !blocks.is_empty() => {
                        let i = random(blocks.len());
                        let block = &mut blocks[i];
                        let size = 1 + random(900);
                        let at = SizeClasses.realloc(block.at, block.layout, size);
                        let kept = size.min(block.layout.size());
                        assert!((0..kept).all(|i| at.add(i).read() == block.mark));
                        at.write_bytes(mark, size);
                        let layout = Layout::from_size_align(size, block.layout.align()).expect("a layout");
                        *block = Block { at, layout, mark };
                    }
                    3 if !blocks.is_empty() => {
                        let block = blocks.swap_remove(random(blocks.len()));
                        block.check();
                        SizeClasses.dealloc(block.at, block.layout);
                    }
                    _ => {}
                }
            }
        }
        for block in blocks {
            block.check();
            // SAFETY: as above.
            unsafe { SizeClasses.dealloc(block.at, block.layout) };
        }
    }
}
