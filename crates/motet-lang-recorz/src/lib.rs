//! The Recorz language and the SOM dialect: two surfaces of one object model.
//!
//! The syntax tree borrows its names from the source text.
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

pub mod arith;
pub mod ast;
pub mod big;
mod bytes;
pub mod chunk;
pub mod classes;
pub mod float;
mod frontend;
pub mod lexer;
pub mod library;
pub mod live;
mod lower;
pub mod natives;
pub mod parser;
pub mod print;
mod semantics;
pub mod snapshot;
pub mod som;
pub mod table;
pub mod text;
pub mod world;

pub use frontend::Recorz;
pub use semantics::RecorzSemantics;
