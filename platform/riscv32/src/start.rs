//! Boot, traps, panics, restarts, the clock, and power.
//!
//! Invariants: a failure that this program cannot go on from is told on the serial port, and then everything begins
//! anew with the line reader; the third failure in a row without a line in between switches the machine off, so
//! nothing can restart for ever. Code here that runs after a failure allocates nothing.
#![allow(unsafe_code)]

use core::arch::{asm, global_asm};
use core::fmt::{self, Write as _};
use core::panic::PanicInfo;

use crate::uart::Uart;
use crate::{app, heap, stack, uart};

global_asm!(
    ".option push
     .option arch, +zicsr
     .section .text.start, \"ax\"
     .globl _start
    _start:
     la sp, _stack_top
     la t0, _trap
     csrw mtvec, t0
     la t0, _data_start
     la t1, _data_end
     la t2, _data_load
    1: bgeu t0, t1, 2f
     lw t3, 0(t2)
     sw t3, 0(t0)
     addi t0, t0, 4
     addi t2, t2, 4
     j 1b
    2: la t0, _bss_start
     la t1, _bss_end
    3: bgeu t0, t1, 4f
     sw zero, 0(t0)
     addi t0, t0, 4
     j 3b
    4: call {main}
    5: j 5b
     .balign 4
    _trap:
     la sp, {trap_stack}
     li t0, {trap_stack_size}
     add sp, sp, t0
     csrr a0, mcause
     csrr a1, mepc
     csrr a2, mtval
     call {trap}
    6: j 6b
     .option pop",
    main = sym main,
    trap = sym trap,
    trap_stack = sym TRAP_STACK,
    trap_stack_size = const TRAP_STACK_SIZE,
);

const TRAP_STACK_SIZE: usize = 8192;

#[repr(align(16))]
struct TrapStack(#[allow(dead_code)] [u8; TRAP_STACK_SIZE]);

/// Reports of traps have a stack of their own: the usual one may be what failed.
#[unsafe(link_section = ".noinit")]
static mut TRAP_STACK: TrapStack = TrapStack([0; TRAP_STACK_SIZE]);

/// What survives a restart.
struct Lasting {
    /// [`LASTING`] once the other fields hold something.
    magic: u32,
    /// Failures since the last line was read.
    failures: u32,
    /// Whether a failure is being reported.
    reporting: bool,
}

const LASTING: u32 = 0x6d6f_7465;

/// Failures in a row after which the machine is switched off.
const MOST_FAILURES: u32 = 3;

#[unsafe(link_section = ".noinit")]
static mut STATE: Lasting = Lasting { magic: 0, failures: 0, reporting: false };

fn state() -> &'static mut Lasting {
    // SAFETY: one hart without interrupts, and no reference outlives the statement that made it. The memory holds
    // whatever it held at power-on: all bits are zero on QEMU, and `magic` is looked at before anything else.
    unsafe { &mut *&raw mut STATE }
}

extern "C" fn main() -> ! {
    if state().magic != LASTING {
        uart::init();
        *state() = Lasting { magic: LASTING, failures: 0, reporting: false };
    }
    state().reporting = false;
    stack::init();
    heap::init();
    let status = app::run(state().failures > 0);
    power_off(status)
}

/// To be called whenever somebody has typed a line: the machine is in use.
pub fn line_was_read() {
    state().failures = 0;
}

extern "C" fn trap(cause: u32, pc: u32, value: u32) -> ! {
    if (cause == 5 || cause == 7) && stack::is_guard(value as usize) {
        fail(format_args!("native stack overflow\nvm: mcause={cause:#010x} mepc={pc:#010x} mtval={value:#010x}"));
    }
    fail(format_args!("trap\nvm: mcause={cause:#010x} ({}) mepc={pc:#010x} mtval={value:#010x}", cause_name(cause)))
}

fn cause_name(cause: u32) -> &'static str {
    match cause {
        0 => "instruction address misaligned",
        1 => "instruction access fault",
        2 => "illegal instruction",
        3 => "breakpoint",
        4 => "load address misaligned",
        5 => "load access fault",
        6 => "store address misaligned",
        7 => "store access fault",
        _ => "unexpected",
    }
}

#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    // The allocator's failure arrives here too: `memory allocation of N bytes failed`.
    match info.message().as_str() {
        None if Starts::with(&info.message(), "memory allocation of ") => {
            fail(format_args!("out of memory ({})", info.message()))
        }
        _ => match info.location() {
            Some(at) => fail(format_args!("{}\nvm: at {}:{}", info.message(), at.file(), at.line())),
            None => fail(format_args!("{}", info.message())),
        },
    }
}

/// Compares the beginning of a message without storing it.
struct Starts<'a> {
    rest: &'a [u8],
    differs: bool,
}

impl Starts<'_> {
    fn with(message: &dyn fmt::Display, start: &str) -> bool {
        let mut compared = Starts { rest: start.as_bytes(), differs: false };
        // Writing ends early once the answer is known.
        let _ = write!(compared, "{message}");
        !compared.differs && compared.rest.is_empty()
    }
}

impl fmt::Write for Starts<'_> {
    fn write_str(&mut self, s: &str) -> fmt::Result {
        let n = self.rest.len().min(s.len());
        let (head, tail) = self.rest.split_at(n);
        self.differs |= head != &s.as_bytes()[..n];
        self.rest = tail;
        Ok(())
    }
}

/// Reports a failure and begins anew.
fn fail(message: fmt::Arguments<'_>) -> ! {
    if core::mem::replace(&mut state().reporting, true) {
        uart::write(b"\npanic: failed while reporting a failure; switching off\n");
        power_off(1);
    }
    let _ = writeln!(Uart, "\npanic: {message}");
    let _ = writeln!(Uart, "vm: phase={}", app::phase());
    let _ = writeln!(
        Uart,
        "vm: heap {} of {} bytes, {} at most; stack {} of {} bytes at most",
        heap::used(),
        heap::capacity(),
        heap::peak(),
        stack::peak(),
        stack::capacity()
    );
    app::write_calls(&mut Uart);
    state().failures += 1;
    if state().failures >= MOST_FAILURES {
        uart::write(b"panic: it keeps failing; switching off\n");
        power_off(1);
    }
    // SAFETY: begins as after power-on; nothing of this run is used again.
    unsafe { asm!("la t0, _start", "jr t0", options(noreturn)) }
}

/// Executes an instruction that does not exist.
pub fn trap_now() {
    // SAFETY: the trap never returns.
    unsafe { asm!("unimp") }
}

/// Ends QEMU with a status.
pub fn power_off(status: u32) -> ! {
    let word = if status == 0 { 0x5555 } else { 0x3333 | status << 16 };
    // SAFETY: QEMU's test device; a 32-bit store there ends the machine.
    unsafe { (0x10_0000 as *mut u32).write_volatile(word) };
    loop {
        // SAFETY: waits for an interrupt, of which there are none.
        unsafe { asm!("wfi") };
    }
}

/// Reads the two halves of a counter that goes on meanwhile.
fn twice(high: impl Fn() -> u32, low: impl Fn() -> u32) -> u64 {
    loop {
        let (before, lower, after) = (high(), low(), high());
        if before == after {
            return u64::from(before) << 32 | u64::from(lower);
        }
    }
}

/// Nanoseconds since power-on, in steps of 100: the timer of the CLINT.
pub fn nanos() -> u64 {
    // SAFETY: the timer's registers, always readable.
    let read = |address: usize| unsafe { (address as *const u32).read_volatile() };
    twice(|| read(0x0200_bffc), || read(0x0200_bff8)) * 100
}

/// Instructions since power-on, if QEMU counts them (`-icount shift=0`).
pub fn instructions() -> u64 {
    macro_rules! counter {
        ($name:literal) => {
            || {
                let value: u32;
                // SAFETY: reads a counter.
                unsafe {
                    asm!(".option push", ".option arch, +zicsr", concat!("csrr {}, ", $name), ".option pop", out(reg) value);
                }
                value
            }
        };
    }
    twice(counter!("minstreth"), counter!("minstret"))
}
