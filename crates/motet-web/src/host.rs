//! The hosts of handlers, and of new versions of a program until they start their server.
//!
//! Handlers see the files, clocks and randomness of the process. They have no input: nobody sits at a server.

use std::sync::Arc;

use motet::{Gate, Host, HostError, StdHost};

/// See the module.
pub(crate) struct HandlerHost {
    inner: StdHost,
    may_listen: bool,
}

impl HandlerHost {
    /// The host of a handler; with a gate, of a program that is to start its server.
    pub(crate) fn new(args: Vec<String>, gate: Option<Arc<Gate>>) -> Self {
        let (inner, may_listen) = (StdHost::new(args), gate.is_some());
        Self { inner: if let Some(gate) = gate { inner.gate(gate) } else { inner }, may_listen }
    }
}

impl Host for HandlerHost {
    fn write_out(&mut self, bytes: &[u8]) {
        self.inner.write_out(bytes);
    }

    fn write_err(&mut self, bytes: &[u8]) {
        self.inner.write_err(bytes);
    }

    fn flush(&mut self) {
        self.inner.flush();
    }

    fn unix_nanos(&mut self) -> i128 {
        self.inner.unix_nanos()
    }

    fn monotonic_nanos(&mut self) -> u64 {
        self.inner.monotonic_nanos()
    }

    fn sleep_nanos(&mut self, nanos: u64) {
        self.inner.sleep_nanos(nanos);
    }

    fn random(&mut self, buffer: &mut [u8]) -> Result<(), HostError> {
        self.inner.random(buffer)
    }

    fn args(&mut self) -> Vec<String> {
        self.inner.args()
    }

    fn read_file(&mut self, path: &str, limit: u64) -> Result<Vec<u8>, HostError> {
        self.inner.read_file(path, limit)
    }

    fn write_file(&mut self, path: &str, bytes: &[u8]) -> Result<(), HostError> {
        self.inner.write_file(path, bytes)
    }

    fn listen(&mut self, port: u16) -> Result<(), HostError> {
        if !self.may_listen {
            return Err(HostError("a handler cannot start a server".into()));
        }
        self.inner.listen(port)
    }
}
