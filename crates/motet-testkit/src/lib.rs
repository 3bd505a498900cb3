//! Runs programs of the corpus in every execution mode and compares.
//!
//! - [`corpus`] finds programs and what they must do; [`snippets`] finds those in Markdown;
//! - [`Mode`] is one way to execute, [`observe`] does it in process;
//! - [`check`] compares one program in one mode with its golden files, and names the first stage that differs
//!   from a mode that passes;
//! - [`compare_c`] compares the C form of a program with what it did.
//!
//! Invariant: a program runs in an isolate, a thread and a host of its own, so that no case influences another.
#![forbid(unsafe_code)]

mod case;
mod host;
mod mode;
mod native;
mod scratch;
mod snippet;

pub use case::{Case, Observed, case, corpus, difference, repository};
pub use host::FolderLoader;
pub use mode::{Mode, Outcome, check, compile, observe, on_large_stack, run_program, stage_difference};
pub use native::{CCompiler, compare_c, run_c};
pub use snippet::snippets;
