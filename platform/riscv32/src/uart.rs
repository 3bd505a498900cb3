//! The serial port: an NS16550A, polled.
//!
//! Invariant: received bytes are handed out in order, also those that were taken early to look for Ctrl-C.
#![allow(unsafe_code)]

use core::fmt;

const BASE: usize = 0x1000_0000;
/// Line status: bit 0, data is ready; bit 5, the transmitter takes a byte.
const STATUS: usize = BASE + 5;

/// Bytes taken early. They survive a restart: what was typed ahead is not lost.
#[unsafe(link_section = ".noinit")]
static mut EARLY: Ring = Ring { bytes: [0; 256], start: 0, length: 0 };

struct Ring {
    bytes: [u8; 256],
    start: usize,
    length: usize,
}

/// The serial port.
pub struct Uart;

fn ring() -> &'static mut Ring {
    // SAFETY: one hart without interrupts, and no reference outlives the statement that made it.
    unsafe { &mut *&raw mut EARLY }
}

fn read_register(address: usize) -> u8 {
    // SAFETY: a register of the UART, always accessible.
    unsafe { (address as *const u8).read_volatile() }
}

fn write_register(address: usize, value: u8) {
    // SAFETY: a register of the UART, always accessible.
    unsafe { (address as *mut u8).write_volatile(value) }
}

/// To be called after power-on, when memory holds nothing yet. The port itself needs no setting up.
pub fn init() {
    *ring() = Ring { bytes: [0; 256], start: 0, length: 0 };
}

/// Sends bytes.
pub fn write(bytes: &[u8]) {
    for &byte in bytes {
        while read_register(STATUS) & 0x20 == 0 {}
        write_register(BASE, byte);
    }
}

fn received() -> Option<u8> {
    (read_register(STATUS) & 1 != 0).then(|| read_register(BASE))
}

/// The next byte, if one has arrived.
pub fn poll() -> Option<u8> {
    let ring = ring();
    if ring.length == 0 {
        return received();
    }
    let byte = ring.bytes[ring.start];
    ring.start = (ring.start + 1) % ring.bytes.len();
    ring.length -= 1;
    Some(byte)
}

/// The next byte.
pub fn read() -> u8 {
    loop {
        if let Some(byte) = poll() {
            return byte;
        }
    }
}

/// Whether Ctrl-C has arrived; it and what came before it are taken then. Other bytes are kept for [`poll`], as many as
/// there is room for: the rest waits in the port.
pub fn interrupted() -> bool {
    let ring = ring();
    while ring.length < ring.bytes.len() {
        match received() {
            None => break,
            Some(0x03) => {
                ring.length = 0;
                return true;
            }
            Some(byte) => {
                let end = (ring.start + ring.length) % ring.bytes.len();
                ring.bytes[end] = byte;
                ring.length += 1;
            }
        }
    }
    false
}

impl fmt::Write for Uart {
    fn write_str(&mut self, s: &str) -> fmt::Result {
        write(s.as_bytes());
        Ok(())
    }
}
