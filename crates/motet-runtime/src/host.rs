//! The world outside: console, clock, randomness, files, environment,
//! processes. The core does no input or output itself.

use alloc::{
    string::{String, ToString},
    vec::Vec,
};

use crate::MaybeSend;

/// A permission that a host grants to a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
#[allow(missing_docs)]
pub enum Capability {
    FsRead,
    FsWrite,
    FsDelete,
    ProcessExec,
    ShellExec,
    EnvRead,
    EnvWrite,
    NetClient,
    NetServer,
    Database,
    Clock,
    Random,
    Stdin,
}

impl Capability {
    /// All of them, in flag order.
    pub const ALL: [Capability; 13] = [
        Capability::FsRead,
        Capability::FsWrite,
        Capability::FsDelete,
        Capability::ProcessExec,
        Capability::ShellExec,
        Capability::EnvRead,
        Capability::EnvWrite,
        Capability::NetClient,
        Capability::NetServer,
        Capability::Database,
        Capability::Clock,
        Capability::Random,
        Capability::Stdin,
    ];

    /// Name in messages, such as `filesystem-read`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Capability::FsRead => "filesystem-read",
            Capability::FsWrite => "filesystem-write",
            Capability::FsDelete => "filesystem-delete",
            Capability::ProcessExec => "process-exec",
            Capability::ShellExec => "shell-exec",
            Capability::EnvRead => "env-read",
            Capability::EnvWrite => "env-write",
            Capability::NetClient => "network-client",
            Capability::NetServer => "network-server",
            Capability::Database => "database",
            Capability::Clock => "clock",
            Capability::Random => "random",
            Capability::Stdin => "stdin",
        }
    }

    /// Command-line flag that grants it, such as `--allow-fs-read`.
    #[must_use]
    pub fn flag(self) -> &'static str {
        match self {
            Capability::FsRead => "--allow-fs-read",
            Capability::FsWrite => "--allow-fs-write",
            Capability::FsDelete => "--allow-fs-delete",
            Capability::ProcessExec => "--allow-process-exec",
            Capability::ShellExec => "--allow-shell-exec",
            Capability::EnvRead => "--allow-env-read",
            Capability::EnvWrite => "--allow-env-write",
            Capability::NetClient => "--allow-net-client",
            Capability::NetServer => "--allow-net-server",
            Capability::Database => "--allow-database",
            Capability::Clock => "--allow-clock",
            Capability::Random => "--allow-random",
            Capability::Stdin => "--allow-stdin",
        }
    }
}

/// A set of permissions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Capabilities(u32);

impl Capabilities {
    /// No permission.
    pub const NONE: Capabilities = Capabilities(0);
    /// Every permission.
    pub const ALL: Capabilities = Capabilities(u32::MAX);

    /// The set with one more.
    #[must_use]
    pub fn with(self, c: Capability) -> Self {
        Self(self.0 | 1 << c as u8)
    }

    /// Whether it is granted.
    #[must_use]
    pub fn has(self, c: Capability) -> bool {
        self.0 & 1 << c as u8 != 0
    }
}

/// Why a host operation failed, in the system's words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostError(pub String);

impl HostError {
    fn unsupported() -> Self {
        HostError("not supported on this host".to_string())
    }
}

/// What a host provides. Capabilities are checked before these are called. Every method that a host
/// leaves out fails with a clear error.
pub trait Host: MaybeSend {
    /// Writes program output.
    fn write_out(&mut self, bytes: &[u8]);
    /// Writes diagnostics of the program.
    fn write_err(&mut self, bytes: &[u8]);
    /// Makes earlier output visible.
    fn flush(&mut self) {}
    /// Reads a line with its line break; `None` at end of input.
    fn read_line(&mut self) -> Option<String> {
        None
    }
    /// Nanoseconds since the Unix epoch.
    fn unix_nanos(&mut self) -> i128 {
        0
    }
    /// Nanoseconds since some fixed moment; never goes back.
    fn monotonic_nanos(&mut self) -> u64 {
        0
    }
    /// Waits.
    fn sleep_nanos(&mut self, _nanos: u64) {}
    /// Random bits fit for keys.
    ///
    /// # Errors
    /// When the host has no source of randomness.
    fn random(&mut self, _buffer: &mut [u8]) -> Result<(), HostError> {
        Err(HostError::unsupported())
    }
    /// Arguments of the program.
    fn args(&mut self) -> Vec<String> {
        Vec::new()
    }
    /// Reads a whole file of at most `limit` bytes.
    ///
    /// # Errors
    /// In the system's words, such as `No such file or directory (os error 2)`.
    fn read_file(&mut self, _path: &str, _limit: u64) -> Result<Vec<u8>, HostError> {
        Err(HostError::unsupported())
    }
    /// Replaces or creates a file as a whole (written elsewhere, synced, renamed).
    ///
    /// # Errors
    /// In the system's words.
    fn write_file(&mut self, _path: &str, _bytes: &[u8]) -> Result<(), HostError> {
        Err(HostError::unsupported())
    }
    /// Writes a program's saved state as a whole. Hosts without files choose their own form and place.
    ///
    /// # Errors
    /// In the system's words.
    fn write_image(&mut self, path: &str, bytes: &[u8]) -> Result<(), HostError> {
        self.write_file(path, bytes)
    }
    /// Takes a TCP port for a server of the program's; the host serves once the program asks for that by ending its run
    /// (see [`crate::web`]).
    ///
    /// # Errors
    /// In the system's words, such as `Address already in use (os error 98)`.
    fn listen(&mut self, _port: u16) -> Result<(), HostError> {
        Err(HostError::unsupported())
    }
    /// Access to everything else that only hosted systems have; `None` elsewhere. Libraries downcast it.
    fn extension(&mut self) -> Option<&mut dyn core::any::Any> {
        None
    }
}

/// A host without anything: output is dropped.
#[derive(Clone, Copy, Debug, Default)]
pub struct NullHost;

impl Host for NullHost {
    fn write_out(&mut self, _bytes: &[u8]) {}
    fn write_err(&mut self, _bytes: &[u8]) {}
}
