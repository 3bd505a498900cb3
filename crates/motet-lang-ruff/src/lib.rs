//! Ruff: a small dynamically typed scripting language with value semantics.
//!
//! The compile side: [`lexer`] → [`parser`] → [`ast`] → [`lower`] (with name
//! resolution in [`resolve`]) → `motet_ir::Module`, assembled by
//! [`RuffFrontend`].
//!
//! Invariants: no panic is reachable from source text; every stage is linear
//! in the size of its input; recursion is bounded by the parser's nesting
//! limits. A whole import graph becomes one module.
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

pub mod ast;
pub mod builtins;
mod dump;
mod frontend;
pub mod lexer;
mod lower;
mod natives;
pub mod parser;
pub mod prelude;
mod program;
pub mod render;
mod resolve;
pub mod semantics;
pub mod symbol;
pub mod token;

pub use frontend::RuffFrontend;
pub use render::render_ruff;
pub use semantics::RuffSemantics;
