//! Core IR → one self-contained C11 file: [`emit`].
//!
//! Only what is statically typed has a C form: integers, floats, booleans, strings, records of declared layout, calls
//! of known functions, control flow, globals, and the native functions for which the language gives a C helper
//! ([`LanguageC`]). Everything else that can be reached is reported, with its place, and no text is made.
//!
//! Invariants: operands are evaluated left to right, each once; the emitted text has no undefined behaviour and
//! compiles without warnings; every name is unique by the number in it, whatever the source called the thing; `#line`
//! directives name the source line of every statement. The input has passed the IR's check, so recursion over it
//! is bounded.
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

mod body;
mod control;
mod expr;
mod language;
mod names;
mod program;
mod simple;
mod typing;

use alloc::{string::String, vec::Vec};

use motet_ir::Module;
use motet_source::{Diagnostic, LineIndex, Sources};

pub use language::{CType, ErrorForm, LanguageC, NativeC, ResultForm};

/// Why a program has no C form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EmitCError {
    /// The program is bytecode; C is made from source text.
    NeedsSource,
    /// Nothing is known about the C form of this language.
    Language(String),
    /// One problem per function and construct.
    Constructs {
        /// What stands in the way, and where.
        problems: Vec<Diagnostic>,
        /// The files that the problems refer to.
        sources: Sources,
    },
}

impl core::fmt::Display for EmitCError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            EmitCError::NeedsSource => f.write_str("C is made from source text; this program is bytecode"),
            EmitCError::Language(name) => write!(f, "programs in `{name}` have no C form yet"),
            EmitCError::Constructs { problems, sources } => constructs(problems, sources, f),
        }
    }
}

/// `WHAT has no C form yet (function `F`, FILE:LINE:COL)`, one a line.
fn constructs(problems: &[Diagnostic], sources: &Sources, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
    for (i, problem) in problems.iter().enumerate() {
        if i > 0 {
            f.write_str("\n")?;
        }
        let message = problem.message.strip_suffix(')').unwrap_or(&problem.message);
        f.write_str(message)?;
        if let Some(file) = sources.get(problem.file) {
            let at = LineIndex::new(&file.text).line_col(problem.span.start);
            write!(f, ", {}:{}:{}", file.name, at.line, at.col)?;
        }
        f.write_str(")")?;
    }
    Ok(())
}

impl core::error::Error for EmitCError {}

/// The C text of a checked program: its `main` runs the module's init function.
///
/// # Errors
/// [`EmitCError`] when the program uses something that has no C form yet.
pub fn emit(module: &Module, language: &LanguageC) -> Result<String, EmitCError> {
    program::emit(module, language)
}
