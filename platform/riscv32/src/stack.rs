//! The native stack: its limits, and how much of it was ever used.
//!
//! A page below it can be neither read nor written: running over it is a trap, not silent damage.
#![allow(unsafe_code)]

use core::arch::asm;

unsafe extern "C" {
    static _stack_bottom: u32;
    static _stack_top: u32;
    static _guard: u8;
}

/// Bytes that cannot be touched below the stack; the same in the linker script.
const GUARD: usize = 4096;

/// Where memory ends at the latest.
const BEYOND: usize = 0xc000_0000;

/// What unused words hold.
const PAINT: u32 = 0x5ac3_b1e5;

/// Locks the guard page and all memory above the stack, until the machine is switched off, and paints the unused part of the stack.
pub fn init() {
    let guard = &raw const _guard as usize;
    let top = &raw const _stack_top as usize;
    // Entry 1 of the physical memory protection: from the address of entry 0 up to its own (TOR, 0x08), no
    // permissions, also for the machine itself (0x80).
    // Entry 3 does the same for whatever memory there is above the board's own.
    // SAFETY: nothing lies there. Entries that are locked already keep their values.
    unsafe {
        asm!(
            ".option push",
            ".option arch, +zicsr",
            "csrw pmpaddr0, {low}",
            "csrw pmpaddr1, {high}",
            "csrw pmpaddr2, {end}",
            "csrw pmpaddr3, {beyond}",
            "csrw pmpcfg0, {config}",
            ".option pop",
            low = in(reg) guard >> 2,
            high = in(reg) (guard + GUARD) >> 2,
            end = in(reg) top >> 2,
            beyond = in(reg) BEYOND >> 2,
            config = in(reg) 0x88_usize << 24 | 0x88 << 8,
        );
    }
    let here = &guard as *const usize as usize;
    let mut word = (&raw const _stack_bottom).cast_mut();
    while (word as usize) + 512 < here {
        // SAFETY: below the frames in use lies nothing but unused stack; 512 bytes are left for this function's own.
        unsafe {
            word.write_volatile(PAINT);
            word = word.add(1);
        }
    }
}

/// Bytes in all.
pub fn capacity() -> usize {
    &raw const _stack_top as usize - &raw const _stack_bottom as usize
}

/// Most bytes that were in use since [`init`].
pub fn peak() -> usize {
    let (mut word, top) = (&raw const _stack_bottom, &raw const _stack_top);
    // SAFETY: all words of the stack can be read.
    while word < top && unsafe { word.read_volatile() } == PAINT {
        word = word.wrapping_add(1);
    }
    top as usize - word as usize
}

/// Whether an address lies in the guard page: a trap there means that the stack was too small.
pub fn is_guard(address: usize) -> bool {
    let guard = &raw const _guard as usize;
    (guard..guard + GUARD).contains(&address)
}
