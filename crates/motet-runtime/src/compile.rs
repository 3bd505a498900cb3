//! Compiling while a program runs: what native code asks for, and who does it.
//!
//! A native function hands text to a front end by what it returns ([`Control::load`]). The engine has the isolate's
//! [`Compiler`] make a module of it, loads that beside the others, and calls its init function; the value of that call
//! becomes the native function's result. Nothing that was loaded before is replaced. Text with errors leads to a call
//! of the request's `failed` instead.
//!
//! Invariant: compiling calls no guest code and starts no collection, so a request's values need no rooting until the
//! call begins.

use alloc::{boxed::Box, string::String, vec, vec::Vec};
use core::any::Any;

use crate::{Control, MaybeSend, Runtime, Value};

/// Bytes of text that count as one unit of work.
const BYTES_PER_UNIT: usize = 8;
/// Bytes of memory that a compilation may need for each byte of text.
const BYTES_PER_BYTE: usize = 64;

/// Text that is to become a module of the running isolate.
#[derive(Debug)]
pub struct LoadRequest {
    /// Name of the language.
    pub language: &'static str,
    /// Name of the text in messages and traces.
    pub name: String,
    /// The text.
    pub source: String,
    /// What the language's native code tells its front end, in a form that both know.
    pub context: Vec<u8>,
    /// Called when the text has errors, with the first one's message (a string) and its line in the text (an integer
    /// from 1; 0 when there is none). Its value is the native function's result.
    pub failed: Value,
}

/// Why a text did not become a module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The first error, in the words of the language.
    pub message: String,
    /// Its line in the text, from 1; 0 when it has none.
    pub line: u32,
}

/// Makes modules of text, in the form that the isolate's engine loads. Whoever makes the isolate provides it.
pub trait Compiler: MaybeSend {
    /// A module for the engine.
    ///
    /// # Errors
    /// The first error of the text.
    fn compile(&mut self, request: &LoadRequest) -> Result<Box<dyn Any>, Refusal>;
}

impl Control {
    /// A request to compile and run text beside what runs; see [`LoadRequest`].
    #[must_use]
    pub fn load(request: LoadRequest) -> Self {
        Control::Load(Box::new(request))
    }
}

impl Runtime {
    /// What the isolate's compiler makes of a request, for engines. The work counts by the length of the text.
    ///
    /// # Errors
    /// The call of the request's `failed`, the trap of a limit, or a catchable error without a compiler or memory.
    pub fn compile(&mut self, request: &LoadRequest) -> Result<Box<dyn Any>, Control> {
        let Some(mut compiler) = self.compiler.take() else {
            return Err(Control::error("programs cannot be compiled here: the host has no compiler"));
        };
        let room = self.reserve(request.source.len().saturating_mul(BYTES_PER_BYTE));
        let compiled = match room.and_then(|()| self.charge(request.source.len() / BYTES_PER_UNIT + 1)) {
            Ok(()) => compiler.compile(request).map_err(|refusal| {
                let message = self.heap.str(&refusal.message);
                Control::call(request.failed, vec![message, Value::int(i64::from(refusal.line))])
            }),
            Err(e) => Err(e),
        };
        self.compiler = Some(compiler);
        compiled
    }
}
