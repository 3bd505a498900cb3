//! How native code and semantics leave other than with a value.

use alloc::{
    boxed::Box,
    string::{String, ToString},
    vec::Vec,
};

use crate::{Shared, Value};

/// Result of a native function.
pub type NativeResult = Result<Value, Control>;

/// Anything but a plain value.
#[derive(Debug)]
pub enum Control {
    /// A guest value was thrown; handlers can catch it.
    Raise(Value),
    /// A run-time error; handlers can catch it, as the value that the language makes of it.
    Error(Box<GuestError>),
    /// Asks the engine to call a value; its result becomes this operation's result.
    Call(Box<CallRequest>),
    /// Asks the engine to start, await or suspend a task; see [`crate::TaskRequest`].
    Task(Box<crate::TaskRequest>),
    /// Asks the engine to compile text and to run it as a module of the isolate; see [`crate::LoadRequest`].
    Load(Box<crate::LoadRequest>),
    /// Stops the program; handlers cannot catch it.
    Trap(Trap),
    /// The program asked to end with this status.
    Exit(i32),
}

impl Control {
    /// A run-time error with this message.
    #[cold]
    pub fn error(message: impl Into<String>) -> Self {
        Control::Error(Box::new(GuestError { kind: ErrorKind::Language, message: message.into() }))
    }

    /// A run-time error of an engine's own.
    #[cold]
    pub fn error_of(kind: ErrorKind, message: impl Into<String>) -> Self {
        Control::Error(Box::new(GuestError { kind, message: message.into() }))
    }

    /// A request to call `callee`.
    pub fn call(callee: Value, args: Vec<Value>) -> Self {
        Control::Call(Box::new(CallRequest { callee, args }))
    }
}

/// A call that native code wants made after it returned (it never calls back itself).
#[derive(Debug)]
pub struct CallRequest {
    /// What to call.
    pub callee: Value,
    /// With which arguments.
    pub args: Vec<Value>,
}

/// A catchable run-time error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GuestError {
    /// What sort of error.
    pub kind: ErrorKind,
    /// Message in the words of the language.
    pub message: String,
}

/// Sort of a run-time error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// Defined by the language.
    Language,
    /// More nested calls than allowed.
    StackOverflow,
    /// The heap limit was reached.
    OutOfMemory,
    /// The host did not grant what the operation needs.
    CapabilityDenied,
    /// All tasks wait for each other.
    Deadlock,
}

/// Why an engine stopped a program that could not catch it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trap {
    /// The fuel limit was reached.
    OutOfFuel,
    /// The deadline passed.
    Deadline,
    /// The host asked to stop.
    Interrupted,
    /// Every task sleeps or waits for the host, and the host does not want to wait.
    Waiting,
    /// An invariant of the engine does not hold; a defect of Motet.
    Corrupt,
}

impl core::fmt::Display for Trap {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Trap::OutOfFuel => "the program used up its fuel",
            Trap::Deadline => "the program ran past its deadline",
            Trap::Interrupted => "the program was interrupted",
            Trap::Waiting => "the program waits",
            Trap::Corrupt => "internal error: an engine invariant does not hold",
        })
    }
}

/// What was thrown, as a handler or the host receives it.
#[derive(Clone, Debug)]
pub enum Thrown {
    /// A guest value.
    Value(Value),
    /// A run-time error.
    Error(GuestError),
}

/// One active call, for traces.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TraceFrame {
    /// Function name.
    pub function: Shared<str>,
    /// Index of the source file in the module's sources.
    pub source: u32,
    /// Byte range in the file: start.
    pub start: u32,
    /// Byte range in the file: end.
    pub end: u32,
    /// Index of the loaded module.
    pub module: u32,
    /// Whether traces for users leave it out.
    pub hidden: bool,
}

impl TraceFrame {
    /// The function's name as an owned string.
    #[must_use]
    pub fn name(&self) -> String {
        self.function.to_string()
    }
}

/// Why an engine returned to its host without a value.
#[derive(Clone, Debug)]
pub enum Stop {
    /// Nobody caught an error.
    Uncaught {
        /// What was thrown.
        thrown: Thrown,
        /// Message in the words of the language.
        message: String,
        /// Language of the innermost function.
        language: u32,
        /// Active calls at the throw, innermost first.
        trace: Vec<TraceFrame>,
    },
    /// A limit or the host stopped the program.
    Trap {
        /// Why.
        trap: Trap,
        /// Active calls, innermost first.
        trace: Vec<TraceFrame>,
    },
    /// The program asked to end with this status.
    Exit(i32),
}
