//! The outside world of isolates: output through functions of the host, the rest from the operating system.

use std::{
    ffi::{c_char, c_void},
    sync::Arc,
};

use motet::{Host, HostError, StdHost};

use crate::callbacks::User;

/// A function that receives output.
#[derive(Clone)]
pub(crate) struct Writer {
    code: unsafe extern "C" fn(*const c_char, usize, *mut c_void),
    user: Arc<User>,
}

impl Writer {
    pub(crate) fn new(code: unsafe extern "C" fn(*const c_char, usize, *mut c_void), user: Arc<User>) -> Self {
        Self { code, user }
    }

    fn write(&self, bytes: &[u8]) {
        // SAFETY: the header's contract for output functions; the bytes are valid during the call.
        unsafe { (self.code)(bytes.as_ptr().cast(), bytes.len(), self.user.data) }
    }
}

/// The host of all isolates that C makes. Clocks, randomness and files are those of the system; programs reach them only
/// with capabilities.
pub(crate) struct CHost {
    system: StdHost,
    console: bool,
    out: Option<Writer>,
    err: Option<Writer>,
}

impl CHost {
    pub(crate) fn new(console: bool, args: Vec<String>, out: Option<Writer>, err: Option<Writer>) -> Self {
        Self { system: StdHost::new(args), console, out, err }
    }
}

impl Host for CHost {
    fn write_out(&mut self, bytes: &[u8]) {
        match &self.out {
            Some(out) => out.write(bytes),
            None if self.console => self.system.write_out(bytes),
            None => {}
        }
    }

    fn write_err(&mut self, bytes: &[u8]) {
        match &self.err {
            Some(err) => err.write(bytes),
            None if self.console => self.system.write_err(bytes),
            None => {}
        }
    }

    fn flush(&mut self) {
        self.system.flush();
    }

    fn read_line(&mut self) -> Option<String> {
        if self.console { self.system.read_line() } else { None }
    }

    fn unix_nanos(&mut self) -> i128 {
        self.system.unix_nanos()
    }

    fn monotonic_nanos(&mut self) -> u64 {
        self.system.monotonic_nanos()
    }

    fn sleep_nanos(&mut self, nanos: u64) {
        self.system.sleep_nanos(nanos);
    }

    fn random(&mut self, buffer: &mut [u8]) -> Result<(), HostError> {
        self.system.random(buffer)
    }

    fn args(&mut self) -> Vec<String> {
        self.system.args()
    }

    fn read_file(&mut self, path: &str, limit: u64) -> Result<Vec<u8>, HostError> {
        self.system.read_file(path, limit)
    }

    fn write_file(&mut self, path: &str, bytes: &[u8]) -> Result<(), HostError> {
        self.system.write_file(path, bytes)
    }
}
