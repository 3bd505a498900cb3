//! Algorithms behind the native libraries of the languages, by topic, on
//! maintained crates.
//!
//! Invariants: nothing here knows a language or checks a capability (callers
//! do, before they call); input is untrusted, so every reader bounds depth and
//! size; without the feature `std` the crate is `no_std` and does no input or
//! output.
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;
#[cfg(feature = "std")]
extern crate std;

pub mod arguments;
pub mod compress;
#[cfg(feature = "crypto")]
pub mod crypto;
pub mod csv;
pub mod dates;
pub mod encoding;
pub mod json;
pub mod jwt;
pub mod math;
#[cfg(feature = "std")]
pub mod process;
pub mod random;
pub mod reader;
#[cfg(feature = "std")]
pub mod regexes;
#[cfg(feature = "std")]
pub mod system;
pub mod text;
#[cfg(feature = "std")]
pub mod toml;
#[cfg(feature = "std")]
pub mod yaml;

use alloc::{string::String, vec::Vec};

use motet_runtime::{Runtime, Value};

/// Deepest nesting that writers of data formats follow.
pub const MAX_WRITE_DEPTH: usize = 256;

/// How a language shows its values to the writers of data formats.
#[derive(Clone, Copy)]
pub struct Shapes {
    /// Entries of a map in the order in which they are written.
    pub entries: fn(&Runtime, Value) -> Vec<(String, Value)>,
    /// Debug form of a value that cannot be written.
    pub describe: fn(&Runtime, Value) -> String,
}
