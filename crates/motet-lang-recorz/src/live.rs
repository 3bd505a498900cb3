//! The live system: compiling while a program runs, `KernelInstaller`, `Workspace`, `TestRunner`, file-out and snapshots.

mod context;
pub(crate) mod files;
pub(crate) mod memory;
mod resume;
pub(crate) mod state;

pub use context::{Context, KnownClass, Piece, Unit};
pub use resume::resume_source;
