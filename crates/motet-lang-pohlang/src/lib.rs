//! The PohLang language: the phrase parser and lowering to core IR on the
//! compile side; [`Semantics`](motet_runtime::Semantics) and the library on
//! the run side.
//!
//! PohLang has no tokens: a line is a statement by its first words, and the
//! text of an expression is split at operator words from the loosest to the
//! tightest, and what is left over is matched against phrases. The syntax tree
//! borrows its names from the source text.
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

pub mod ast;
mod diagnose;
pub mod display;
mod dump;
pub mod error;
mod format;
mod frontend;
mod help;
mod lower;
pub mod natives;
mod parser;
mod phrase;
mod program;
mod render;
pub mod semantics;

pub use dump::dump;
pub use format::format;
pub use frontend::PohLang;
pub use phrase::Phrase;
pub use render::render_pohlang;
pub use semantics::PohLangSemantics;
