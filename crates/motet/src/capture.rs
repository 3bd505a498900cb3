//! A host that keeps output in memory.

use alloc::{collections::VecDeque, string::String, vec::Vec};

use motet_runtime::{Host, HostError, Lock, Shared};

/// Shared view of what a program wrote to a [`CaptureHost`].
#[derive(Clone, Debug, Default)]
pub struct Output {
    out: Shared<Lock<Vec<u8>>>,
    err: Shared<Lock<Vec<u8>>>,
}

impl Output {
    /// Output so far; bytes that are not UTF-8 are replaced.
    #[must_use]
    pub fn out(&self) -> String {
        String::from_utf8_lossy(&self.out.lock()).into_owned()
    }

    /// Diagnostics so far.
    #[must_use]
    pub fn err(&self) -> String {
        String::from_utf8_lossy(&self.err.lock()).into_owned()
    }

    /// Output so far, removed from the buffer.
    #[must_use]
    pub fn take_out(&self) -> Vec<u8> {
        core::mem::take(&mut self.out.lock())
    }
}

/// A deterministic host for tests and embedding: output goes to memory, input and arguments come from it, clocks
/// count calls, randomness is a fixed sequence. It has no files.
#[derive(Debug)]
pub struct CaptureHost {
    output: Output,
    input: VecDeque<String>,
    args: Vec<String>,
    ticks: u64,
    seed: u64,
}

impl CaptureHost {
    /// A host without input, and the view of its output.
    #[must_use]
    pub fn new() -> (Self, Output) {
        let output = Output::default();
        let host =
            Self { output: output.clone(), input: VecDeque::new(), args: Vec::new(), ticks: 0, seed: 0x9e37_79b9 };
        (host, output)
    }

    /// Gives the program a text to read, line by line.
    #[must_use]
    pub fn with_input(mut self, text: &str) -> Self {
        self.input = text.split_inclusive('\n').map(String::from).collect();
        self
    }

    /// Gives the program arguments.
    #[must_use]
    pub fn with_args(mut self, args: Vec<String>) -> Self {
        self.args = args;
        self
    }

    fn tick(&mut self) -> u64 {
        self.ticks += 1_000_000;
        self.ticks
    }
}

impl Host for CaptureHost {
    fn write_out(&mut self, bytes: &[u8]) {
        self.output.out.lock().extend_from_slice(bytes);
    }

    fn write_err(&mut self, bytes: &[u8]) {
        self.output.err.lock().extend_from_slice(bytes);
    }

    fn read_line(&mut self) -> Option<String> {
        self.input.pop_front()
    }

    fn unix_nanos(&mut self) -> i128 {
        1_700_000_000_000_000_000 + i128::from(self.tick())
    }

    fn monotonic_nanos(&mut self) -> u64 {
        self.tick()
    }

    fn sleep_nanos(&mut self, nanos: u64) {
        self.ticks = self.ticks.saturating_add(nanos);
    }

    fn random(&mut self, buffer: &mut [u8]) -> Result<(), HostError> {
        for byte in buffer {
            // xorshift64: repeatable, and good enough for tests.
            self.seed ^= self.seed << 13;
            self.seed ^= self.seed >> 7;
            self.seed ^= self.seed << 17;
            *byte = (self.seed >> 32) as u8;
        }
        Ok(())
    }

    fn args(&mut self) -> Vec<String> {
        self.args.clone()
    }
}
