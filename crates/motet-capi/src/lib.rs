//! The C API of Motet: `include/motet.h` and `include/motet_rae.h` are generated from this crate
//! (`cargo xtask headers`), and `cargo xtask install-c` installs them with the libraries.
//!
//! Invariants:
//! - Handles are numbers that are never used twice. Each function looks its handles up, so null, stale, foreign and
//!   wrong-type handles are errors, and no handle is a pointer.
//! - Every function runs inside [`boundary::enter`]: no panic leaves it, and a failure fills the thread's last error.
//! - All unsafe code of the C API is in this crate. What it relies on is the contract that the header states: a pointer
//!   argument is null or valid for what the function reads or writes through it, for the length that is given with it,
//!   during the call; callbacks return (no `longjmp`, no C++ exception).
#![allow(unsafe_code, non_camel_case_types)]
// The contract of pointers is the same for all functions, and stated above.
#![allow(clippy::missing_safety_doc)]

mod boundary;
pub mod callbacks;
pub mod config;
mod convert;
pub mod engine;
pub mod errors;
mod failure;
mod host;
pub mod isolate;
pub mod program;
pub mod rae;
pub mod registry;
mod signature;
mod table;
pub mod types;
pub mod values;
