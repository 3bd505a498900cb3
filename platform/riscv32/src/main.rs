//! Motet on a RISC-V machine without an operating system: QEMU's `virt`, RV32I, 2 MiB of RAM.
//!
//! Boot: `start.rs` brings the machine up and calls [`app::run`], which runs the embedded programs and then reads
//! lines from the serial port. Whatever goes wrong ends there as well, with a message.
//! On the desk this is the program that tests and measures such images, `desk.rs`.
#![cfg_attr(target_os = "none", no_std, no_main)]

#[cfg(target_os = "none")]
extern crate alloc;

#[cfg(target_os = "none")]
mod app;
#[cfg(target_os = "none")]
mod heap;
#[cfg(target_os = "none")]
mod host;
#[cfg(target_os = "none")]
mod repl;
#[cfg(target_os = "none")]
mod stack;
#[cfg(target_os = "none")]
mod start;
#[cfg(target_os = "none")]
mod uart;

#[cfg(not(target_os = "none"))]
mod desk;

#[cfg(not(target_os = "none"))]
fn main() -> std::process::ExitCode {
    desk::main()
}
