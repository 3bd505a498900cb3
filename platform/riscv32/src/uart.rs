//! The serial port: an NS16550A, polled.
#![allow(unsafe_code)]

use core::fmt;

const BASE: usize = 0x1000_0000;
const STATUS: usize = BASE + 5;

/// The serial port.
pub struct Uart;

/// Sends bytes.
pub fn write(bytes: &[u8]) {
    for &b in bytes {
        // SAFETY: the UART's registers, always accessible.
        unsafe {
            while (STATUS as *const u8).read_volatile() & 0x20 == 0 {}
            (BASE as *mut u8).write_volatile(b);
        }
    }
}

impl fmt::Write for Uart {
    fn write_str(&mut self, s: &str) -> fmt::Result {
        write(s.as_bytes());
        Ok(())
    }
}
