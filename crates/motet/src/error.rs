//! What can go wrong between source text and a result.

use alloc::{boxed::Box, string::String};
use core::fmt;

use motet_bytecode::DecodeError;
use motet_codegen::EmitError;
use motet_ir::{CheckError, Compilation};
use motet_runtime::Stop;
use motet_sign::SignatureError;
use motet_verify::VerifyError;

/// Any failure of the facade.
#[derive(Debug)]
pub enum Error {
    /// No language of this name, or none for this file extension, is part of this build.
    UnknownLanguage(String),
    /// The source text has errors.
    Compile(Box<CompileError>),
    /// A front end or pass produced a malformed program: a defect of Motet.
    Check(CheckError),
    /// The program exceeds what the portable format can number.
    Emit(EmitError),
    /// The bytes are not a `.pbc` file, or a damaged one.
    Decode(DecodeError),
    /// The `.pbc` file is not signed by any of the keys.
    Signature(SignatureError),
    /// The bytecode breaks a rule.
    Verify(VerifyError),
    /// The isolate lacks something that the program needs, in words.
    Link(String),
    /// The reference evaluator walks source programs only; this one is bytecode.
    NeedsSource,
    /// The tier cannot do this; in words.
    Unsupported(&'static str),
    /// A running program cannot be replaced as asked; in words. It runs on as it was.
    Refused(String),
    /// A value could not cross between host and program.
    Host(Box<crate::Fault>),
    /// The program stopped without a value.
    Stopped(Box<Stop>),
}

/// A compilation that found errors.
#[derive(Debug)]
pub struct CompileError {
    /// The diagnostics and the files they refer to.
    pub compilation: Compilation,
    /// The diagnostics in the language's own customary form.
    pub rendered: String,
}

impl Error {
    /// What the user can do about it; empty where the message says everything.
    #[must_use]
    pub fn help(&self) -> &'static str {
        match self {
            Error::Decode(e) => e.help(),
            Error::Signature(e) => e.help(),
            Error::Verify(_) => "the tool that wrote the file has a defect, or its author means harm",
            Error::UnknownLanguage(_)
            | Error::Compile(_)
            | Error::Check(_)
            | Error::Emit(_)
            | Error::Link(_)
            | Error::NeedsSource
            | Error::Unsupported(_)
            | Error::Refused(_)
            | Error::Host(_)
            | Error::Stopped(_) => "",
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::UnknownLanguage(name) => write!(f, "no language `{name}` in this build"),
            Error::Compile(e) => f.write_str(e.rendered.trim_end()),
            Error::Check(e) => write!(f, "internal error: the compiler produced a malformed program: {e}"),
            Error::Emit(e) => write!(f, "{e}"),
            Error::Decode(e) => write!(f, "{e}"),
            Error::Signature(e) => write!(f, "{e}"),
            Error::Verify(e) => write!(f, "{e}"),
            Error::Link(what) | Error::Refused(what) => f.write_str(what),
            Error::NeedsSource => f.write_str("the reference evaluator runs source programs only, not bytecode"),
            Error::Unsupported(what) => f.write_str(what),
            Error::Host(fault) => write!(f, "{fault}"),
            Error::Stopped(stop) => match &**stop {
                Stop::Uncaught { message, .. } => f.write_str(message),
                Stop::Trap { trap, .. } => write!(f, "{trap}"),
                Stop::Exit(status) => write!(f, "the program ended with status {status}"),
            },
        }
    }
}

impl core::error::Error for Error {}

impl From<Stop> for Error {
    fn from(stop: Stop) -> Self {
        Error::Stopped(Box::new(stop))
    }
}

impl From<crate::Fault> for Error {
    fn from(fault: crate::Fault) -> Self {
        Error::Host(Box::new(fault))
    }
}

impl From<EmitError> for Error {
    fn from(e: EmitError) -> Self {
        Error::Emit(e)
    }
}

impl From<DecodeError> for Error {
    fn from(e: DecodeError) -> Self {
        Error::Decode(e)
    }
}

impl From<SignatureError> for Error {
    fn from(e: SignatureError) -> Self {
        Error::Signature(e)
    }
}

impl From<VerifyError> for Error {
    fn from(e: VerifyError) -> Self {
        Error::Verify(e)
    }
}
