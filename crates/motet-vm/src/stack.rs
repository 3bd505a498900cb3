//! The stack of one fiber: registers and frames. A suspended generator is its stack.
//!
//! Invariants:
//! - S1: `regs` and `frames` are never resized while pointers into them are in
//!   use, except by [`Stack::grow_regs`] and [`Stack::grow_frames`], which
//!   repair every pointer.
//! - S2: every register holds a valid value; registers above the top of the
//!   stack hold values that were valid at the last collection or written since:
//!   the collector clears them, and a suspended stack is cleared when it goes on
//!   after a collection.
//! - S3: a suspended generator has one frame, whose registers come first: only the
//!   generator's own code yields.
#![allow(unsafe_code)]

use alloc::{vec, vec::Vec};
use core::ptr;

use motet_runtime::{FiberState, Tracer, Value};

/// An activation record. The running function's own frame is the newest one.
#[derive(Clone, Copy)]
#[repr(C)]
pub(crate) struct Frame {
    /// Where the caller goes on.
    pub(crate) ret_pc: *mut u64,
    /// The caller's registers.
    pub(crate) ret_base: *mut Value,
    /// Address of the closure's cells' owner: bits of the closure value; 0 for plain functions.
    pub(crate) closure: Value,
    /// The function that runs in this frame.
    pub(crate) func: u32,
    /// Offset of the result's register in the caller's frame, as in operands.
    pub(crate) dst: u32,
}

/// Registers and frames of a fiber.
pub(crate) struct Stack {
    pub(crate) regs: Vec<Value>,
    pub(crate) frames: Vec<Frame>,
    /// Number of frames in use.
    pub(crate) depth: usize,
    /// Next instruction, while the fiber is not running.
    pub(crate) pc: *mut u64,
    /// Registers of the newest frame, while the fiber is not running.
    pub(crate) base: *mut Value,
    /// Registers in use while the fiber is suspended.
    pub(crate) used: usize,
    /// Number of the machine's collections when the fiber was suspended.
    pub(crate) collections: u64,
}

// SAFETY: the pointers lead into this stack and into code, the result or other stacks of the same machine, with which
// the stack moves: as a part of it, or of a heap object of its isolate.
#[cfg(target_has_atomic = "ptr")]
unsafe impl Send for Stack {}

impl Stack {
    pub(crate) fn new(regs: usize, frames: usize) -> Self {
        let frame =
            Frame { ret_pc: ptr::null_mut(), ret_base: ptr::null_mut(), closure: Value::NIL, func: u32::MAX, dst: 0 };
        let mut regs = vec![Value::NIL; regs];
        let base = regs.as_mut_ptr();
        Self { regs, frames: vec![frame; frames], depth: 0, pc: ptr::null_mut(), base, used: 0, collections: 0 }
    }

    /// A stack that takes no memory, for a machine between two tasks.
    pub(crate) fn none() -> Self {
        Self {
            regs: Vec::new(),
            frames: Vec::new(),
            depth: 0,
            pc: ptr::null_mut(),
            base: ptr::null_mut(),
            used: 0,
            collections: 0,
        }
    }

    /// Makes room for `needed` registers in all; returns how far (in bytes) pointers into `regs` move. `None` when the
    /// machine has no memory for that.
    pub(crate) fn grow_regs(&mut self, needed: usize) -> Option<isize> {
        let old = self.regs.as_mut_ptr();
        let bytes = self.regs.len() * size_of::<Value>();
        let new_len = grown(&mut self.regs, needed)?;
        self.regs.resize(new_len, Value::NIL);
        Some(self.repair(old, bytes))
    }

    /// Gives memory back when much more is held than used.
    pub(crate) fn shrink_regs(&mut self, used: usize) -> isize {
        let keep = (used * 2).max(4096);
        if self.regs.len() <= keep * 2 {
            return 0;
        }
        let old = self.regs.as_mut_ptr();
        let bytes = self.regs.len() * size_of::<Value>();
        self.regs.truncate(keep);
        self.regs.shrink_to_fit();
        self.repair(old, bytes)
    }

    fn repair(&mut self, old: *mut Value, bytes: usize) -> isize {
        let delta = self.regs.as_mut_ptr() as isize - old as isize;
        let range = old as usize..old as usize + bytes;
        let depth = self.depth;
        for frame in &mut self.frames[..depth] {
            if range.contains(&(frame.ret_base as usize)) {
                frame.ret_base = frame.ret_base.wrapping_byte_offset(delta);
            }
        }
        delta
    }

    /// Makes room for more frames; false when the machine has no memory for that.
    pub(crate) fn grow_frames(&mut self, limit: usize) -> bool {
        let filler = self.frames[0];
        let needed = self.frames.len() + 1;
        let Some(len) = grown(&mut self.frames, needed) else { return false };
        self.frames.resize(len.min(limit.max(needed)), filler);
        true
    }

    #[inline(always)]
    pub(crate) fn bytes(&self) -> usize {
        self.regs.capacity() * size_of::<Value>() + self.frames.capacity() * size_of::<Frame>()
    }

    /// Reports the values of the first `used` registers and of the frames.
    pub(crate) fn trace(&self, used: usize, tracer: &mut Tracer<'_>) {
        tracer.values(&self.regs[..used.min(self.regs.len())]);
        for frame in &self.frames[..self.depth] {
            tracer.value(frame.closure);
        }
    }
}

/// Reserves memory for twice as many elements, or for `needed` ones if those are more; where memory is short, for half as
/// many more, or only for a few. Returns the new length.
fn grown<T>(items: &mut Vec<T>, needed: usize) -> Option<usize> {
    let length = items.len();
    let sizes = [length * 2, length + length / 2, length + length / 8].map(|n| n.max(needed));
    sizes.into_iter().find(|n| items.try_reserve_exact(n - length).is_ok())
}

impl FiberState for Stack {
    fn trace(&self, tracer: &mut Tracer<'_>) {
        Stack::trace(self, self.used, tracer);
    }

    fn extra_bytes(&self) -> usize {
        self.bytes()
    }
}
