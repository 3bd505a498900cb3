//! Register code: what the interpreter runs. Private to one process and one
//! release; made from verified portable code, function by function, at the
//! first call.
//!
//! An instruction is one 8-byte word (op, a, b, c), some with extension words
//! behind it. Register operands are stored doubled, so that the address of a
//! 16-byte register is `base + operand * 8`.
//!
//! Invariants: every register operand is below the function's register count;
//! every jump lands on the first word of an instruction; values that an
//! exception handler may see are in their own registers when a protected
//! range is entered.
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

mod ops;
mod print;
mod translate;

pub use ops::{NATIVE_KEY, NO_METHOD, OPS, Op, OpRow, Role, SEND_CACHE, SEND_WAYS, SEND_WORDS, is_accumulator_form};
pub use print::print;
pub use translate::{Handler, Link, RegFunction, TranslateError, translate};
