//! The Rae language: lexer, parser, listing of the syntax tree, and checking and
//! lowering to core IR on the compile side; [`Semantics`](motet_runtime::Semantics)
//! and the library on the run side.
//!
//! Rae reports every problem that it finds, each in its own form
//! ([`render_rae`]); problems of one stage keep later stages from starting.
//!
//! Invariants: no panic is reachable from source text; every stage is linear
//! in the size of its input; recursion is bounded by the parser's limits.
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

pub mod ast;
pub mod decls;
mod dump;
mod frontend;
pub mod lexer;
mod lower;
pub mod names;
mod natives;
pub mod parser;
mod prelude;
pub mod program;
mod render;
mod semantics;
mod suggest;
mod text_form;
pub mod token;
pub mod types;

pub use dump::dump;
pub use frontend::Rae;
pub use render::{render_at, render_rae};
pub use semantics::RaeSemantics;
