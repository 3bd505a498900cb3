//! Compiled programs kept between runs, in a folder of the user's.
//!
//! The name of an entry says who compiled what how ([`Key`]); the entry says what the compilation was told by the file
//! system ([`Recorder`]), and holds for as long as the file system says the same. `docs/cache.md` has the design.
//!
//! Invariants: an entry of another build, of other choices or of other sources is never used; bytes of an entry are
//! hash-checked, decoded and verified like any `.pbc` file; every failure is a miss, and nothing that goes wrong here
//! makes a program fail.
#![forbid(unsafe_code)]

mod cache;
mod entry;
mod folder;
mod key;
mod record;

pub use cache::{Cache, Lookup, Miss, Refused, Usage};
pub use folder::{Problem, default_folder};
pub use key::{Build, Key};
pub use record::Recorder;

/// How much the folder holds at most, in bytes, if nobody says otherwise.
pub const DEFAULT_LIMIT: u64 = 256 << 20;
