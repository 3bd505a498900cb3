//! The SOM dialect: a class per file, read along a class path, with a class library of its own.
//!
//! Strings are the core's immutable ones, symbols are interned records, integers have any size, blocks are closures. The
//! world of classes and the object model are those of Recorz.

mod frontend;
mod library;
mod lower;
pub mod natives;
mod program;
mod semantics;
mod world;

pub use frontend::Som;
pub use semantics::SomSemantics;

/// Name of the language in an isolate.
pub const LANGUAGE: &str = "som";
