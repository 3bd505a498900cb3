//! Core IR: a typed tree with a span on every node, produced by the front
//! ends' lowering and by nothing else; consumed by the reference evaluator,
//! the optimiser and the bytecode emitter.
//!
//! Invariants (proven by [`check`]):
//! - every index (local, global, function, class, native, label) is in range;
//! - typed nodes have operands of the types they demand;
//! - the tree is at most [`MAX_DEPTH`] deep, so that walkers may recurse;
//! - typed locals are assigned before they are read, on every path; locals of
//!   type `any` start out `Unset`.
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

pub mod build;
mod check;
mod expr;
mod frontend;
mod module;
mod parse;
mod print;
mod tables;
mod types;
mod visit;

pub use check::{CheckError, check, check_function, read_before_assigned};
pub use expr::{Arg, BinOp, Elem, Entry, Expr, ExprKind, Family, PlaceRoot, PlaceStep, UnOp};
pub use frontend::{Compilation, Frontend, HostFunction, HostType, LoadError, Loader, NoLoader, Options};
pub use module::{
    Capture, Class, ClassKind, Field, Function, FunctionKind, Global, GlobalInit, LiveGlobal, Local, Module, Native,
    NativeEffects, TestEntry,
};
pub use parse::{ParseError, parse_module};
pub use print::{PrintOptions, print_expr, print_module, print_module_with};
pub use tables::Tables;
pub use types::{CaptureIdx, ClassIdx, FuncIdx, GlobalIdx, Label, LocalIdx, NativeIdx, Type};

/// Deepest expression tree that [`check`] accepts, in nodes.
pub const MAX_DEPTH: usize = 2_000;
