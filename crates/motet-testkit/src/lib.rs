//! Runs programs of the corpus in every execution mode and compares.
//!
//! - [`corpus`] finds programs and what they must do; [`snippets`] finds those in Markdown;
//! - [`Mode`] is one way to execute, [`observe`] does it in process;
//! - [`check`] compares one program in one mode with its golden files, and names the first stage that differs
//!   from a mode that passes.
//!
//! Invariant: a program runs in an isolate, a thread and a host of its own, so that no case influences another.
#![forbid(unsafe_code)]

mod case;
mod host;
mod mode;
mod snippet;

pub use case::{Case, Observed, corpus, difference, repository};
pub use host::FolderLoader;
pub use mode::{Mode, Outcome, check, compile, observe, on_large_stack, run_program, stage_difference};
pub use snippet::snippets;
