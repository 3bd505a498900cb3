//! The live system: compiling while a program runs, `KernelInstaller`, `Workspace`, `TestRunner`, file-out and snapshots.

mod context;

pub use context::{Context, KnownClass, Piece, Unit};
