//! The reference evaluator: walks the trees of core IR. It is the oracle that
//! the other tiers are compared with, so it follows the definition of each
//! node literally and caches nothing.
//!
//! Invariants:
//! - Guest calls, generators and callbacks asked for by native code never use
//!   the host's stack: what is left to do is data (`stack`).
//! - Only modules that pass [`motet_ir::check`] are loaded; the walker relies
//!   on what the checker proved.
//! - At a safepoint (call, turn of a loop, result of native code, entry of a
//!   handler) every live value is in an operand stack, a frame, a global, a
//!   constant, the heap or [`motet_runtime::Runtime::roots`]: these are the
//!   collector's roots.
#![no_std]
#![deny(unsafe_code)]

extern crate alloc;

mod act;
mod calls;
mod collect;
mod evaluator;
mod load;
mod loops;
mod place;
mod reload;
mod resolve;
mod stack;
mod tasks;
mod tree;
mod unwind;
mod walk;

pub use evaluator::Evaluator;
pub use load::{LoadError, ModuleId};
pub use reload::ReloadError;
