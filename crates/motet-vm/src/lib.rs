//! The register interpreter: frames, dispatch, calls, unwinding, fibers,
//! limits, loading of verified modules.
//!
//! Invariants:
//! - One [`Vm::run`] at a time runs guest code, on an explicit stack: guest
//!   calls, generators and callbacks asked for by native code never use the
//!   host's stack.
//! - Register code comes only from `motet_regcode::translate`, which takes
//!   only verified modules; the interpreter relies on what the verifier proved.
//! - Values live in registers, frames, globals, constants or the heap whenever
//!   a safepoint is reached: these are the collector's roots.
#![no_std]

extern crate alloc;

mod calls;
mod interp;
mod load;
mod methods;
mod profile;
mod reload;
mod roots;
mod stack;
mod tasks;
mod unwind;
mod vm;

pub use load::{LoadError, ModuleId};
pub use profile::{Clock, Counts, SampledCall, Samples, Timings};
pub use reload::{Frames, ModuleState, ReloadError, TableSizes, plan, report_functions};
pub use vm::{Vm, VmStats};
