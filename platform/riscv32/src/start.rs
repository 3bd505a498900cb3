//! Boot, traps, the clock, and power.
#![allow(unsafe_code)]

use core::arch::global_asm;
use core::fmt::Write as _;
use core::panic::PanicInfo;

use crate::uart::Uart;

global_asm!(
    ".option push
     .option arch, +zicsr
     .section .text.start, \"ax\"
     .globl _start
    _start:
     la sp, _stack_top
     la t0, _bss_start
     la t1, _bss_end
    1: bgeu t0, t1, 2f
     sw zero, 0(t0)
     addi t0, t0, 4
     j 1b
    2: la t0, _trap
     csrw mtvec, t0
     call {main}
    3: j 3b
     .balign 4
    _trap:
     la sp, _stack_top
     csrr a0, mcause
     csrr a1, mepc
     csrr a2, mtval
     call {trap}
    4: j 4b
     .option pop",
    main = sym main,
    trap = sym trap,
);

extern "C" fn main() -> ! {
    crate::heap::init();
    crate::app::run();
    power_off(0)
}

extern "C" fn trap(cause: u32, pc: u32, value: u32) -> ! {
    let _ = writeln!(Uart, "trap: cause {cause}, pc {pc:#010x}, value {value:#010x}");
    power_off(1)
}

#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    let _ = writeln!(Uart, "panic: {info}");
    power_off(1)
}

/// Ends QEMU with a status.
pub fn power_off(status: u32) -> ! {
    let word = if status == 0 { 0x5555 } else { 0x3333 | status << 16 };
    // SAFETY: QEMU's test device; a 32-bit store there ends the machine.
    unsafe { (0x10_0000 as *mut u32).write_volatile(word) };
    loop {}
}

/// Ticks of 100 ns since power-on.
pub fn time() -> u64 {
    let (lo, hi) = (0x0200_bff8 as *const u32, 0x0200_bffc as *const u32);
    loop {
        // SAFETY: the two halves of the CLINT's clock, always readable.
        let (before, low, after) = unsafe { (hi.read_volatile(), lo.read_volatile(), hi.read_volatile()) };
        if before == after {
            return u64::from(before) << 32 | u64::from(low);
        }
    }
}
