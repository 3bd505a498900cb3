//! The portable bytecode of Motet: the meeting point of compile side and run
//! side, and the format of `.pbc` files (`docs/bytecode.md`).
//!
//! Invariants: everything an instruction means is one row of [`ops`]; a file
//! has identical bytes on every platform; decoding hostile bytes never panics
//! and allocates nothing from a count that was not proven against the bytes
//! that remain.
#![no_std]
#![forbid(unsafe_code)]
#![warn(clippy::unwrap_used, clippy::indexing_slicing)]

extern crate alloc;

mod assemble;
mod container;
mod decode;
mod disassemble;
mod encode;
mod limits;
mod listing;
mod module;
pub mod operand;
pub mod ops;
mod reader;
mod types;

pub use assemble::{AssembleError, assemble};
pub use container::{
    Compression, Container, HASH_LEN, Hash, MAX_RATIO, Signature, content_hash, rehash, write as write_sections,
};
pub use decode::{decode, decode_with};
pub use disassemble::{Style, disassemble, disassemble_function};
pub use encode::{encode, encode_with, section};
pub use limits::Limits;
pub use listing::listing;
pub use module::{
    Class, ClassKind, Const, Debug, Field, Function, FunctionDebug, FunctionKind, Global, GlobalInit, Handler, Layout,
    LiveGlobal, Module, Native, NativeEffects, PcSpan, Source, Span, TestEntry, strip,
};
pub use operand::{
    CaptureIdx, ClassIdx, ConstIdx, Count, FuncIdx, GlobalIdx, Imm, Kind, Label, LayoutIdx, LocalIdx, NativeIdx, Slot,
};
pub use ops::{Op, instructions};
pub use reader::{DecodeError, DecodeErrorKind};
pub use types::{StackType, Type};

/// First bytes of a `.pbc` file.
pub const MAGIC: [u8; 4] = *b"POHC";

/// Format version that [`encode`] writes and the newest that [`decode`] reads.
pub const FORMAT_VERSION: u32 = 2;

/// Oldest format version that [`decode`] reads.
pub const OLDEST_VERSION: u32 = 1;
