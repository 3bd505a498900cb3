//! Failures on their way to the caller, and the thread's last one.

use std::{cell::RefCell, ffi::CString, rc::Rc};

use motet::{Error, ErrorKind, Fault, Shared, Sources, Stop, TraceFrame, Trap};
use motet_source::{FileId, LineIndex, Severity};

use crate::types::{motet_error_sort, motet_status};

/// Why a function failed.
pub(crate) struct Failure {
    pub status: motet_status,
    pub message: String,
    pub detail: Detail,
}

/// What there is to say beyond the message.
#[derive(Clone, Default)]
pub(crate) struct Detail {
    pub sort: Option<motet_error_sort>,
    pub exit_status: i32,
    pub report: String,
    pub frames: Vec<Frame>,
    pub diagnostics: Vec<Problem>,
}

/// One active call.
#[derive(Clone)]
pub(crate) struct Frame {
    pub function: CString,
    pub file: CString,
    pub line: u32,
    pub column: u32,
}

/// One problem in source text.
#[derive(Clone)]
pub(crate) struct Problem {
    pub code: CString,
    pub message: CString,
    pub help: CString,
    pub file: CString,
    pub line: u32,
    pub column: u32,
    pub is_error: bool,
}

/// The thread's last failure, in the form in which C reads it.
pub(crate) struct LastError {
    pub status: motet_status,
    pub message: CString,
    pub report: CString,
    pub detail: Detail,
}

impl LastError {
    /// The failure once more, for a function that passes it on.
    pub(crate) fn again(&self) -> Failure {
        let mut failure = Failure::new(self.status, self.message.to_string_lossy());
        failure.detail = Detail { report: self.report.to_string_lossy().into_owned(), ..self.detail.clone() };
        failure
    }
}

thread_local! {
    static LAST: RefCell<Option<Rc<LastError>>> = const { RefCell::new(None) };
}

/// A text for C: up to its first NUL byte.
pub(crate) fn c_text(text: &str) -> CString {
    let end = text.bytes().position(|b| b == 0).unwrap_or(text.len());
    CString::new(&text[..end]).unwrap_or_default()
}

/// Keeps a failure for the functions that ask about it.
pub(crate) fn remember(failure: Failure) -> motet_status {
    let Failure { status, message, detail } = failure;
    let report = if detail.report.is_empty() { &message } else { &detail.report };
    let last = Rc::new(LastError { status, message: c_text(&message), report: c_text(report), detail });
    // While the thread ends there is nobody left to ask.
    let _ = LAST.try_with(|slot| slot.try_borrow_mut().map(|mut slot| slot.replace(last)));
    status
}

/// The thread's last failure; an empty one if there was none.
pub(crate) fn last() -> Option<Rc<LastError>> {
    LAST.try_with(|slot| slot.try_borrow().ok().and_then(|slot| slot.clone())).ok().flatten()
}

/// Shorthand for a failure without further detail.
pub(crate) fn fail<T>(status: motet_status, message: impl Into<String>) -> Result<T, Failure> {
    Err(Failure::new(status, message))
}

impl Failure {
    #[cold]
    pub(crate) fn new(status: motet_status, message: impl Into<String>) -> Self {
        Self { status, message: message.into(), detail: Detail::default() }
    }

    /// A failure of the facade. `sources` finds the files that a frame of the trace refers to.
    #[cold]
    pub(crate) fn of(error: &Error, sources: impl Fn(&TraceFrame) -> Option<Shared<Sources>>) -> Self {
        let status = match error {
            Error::UnknownLanguage(_) => motet_status::NotFound,
            Error::Compile(_) => motet_status::Compile,
            Error::Check(_) => motet_status::Internal,
            Error::Emit(_) | Error::NeedsSource | Error::Unsupported(_) => motet_status::Unsupported,
            Error::Decode(_) | Error::Verify(_) => motet_status::BadProgram,
            Error::Signature(_) => motet_status::Unsigned,
            Error::Link(_) => motet_status::Link,
            Error::Refused(_) => motet_status::Refused,
            Error::Host(fault) => return Self::of_fault(fault),
            Error::Stopped(stop) => return Self::of_stop(stop, error, sources),
        };
        let mut failure = Self::new(status, error.message());
        if let Error::Compile(e) = error {
            failure.detail.report.clone_from(&e.rendered);
            failure.detail.diagnostics = problems(&e.compilation.diagnostics, &e.compilation.sources);
        }
        failure
    }

    /// A failure for which no loaded program matters.
    #[cold]
    pub(crate) fn plain(error: &Error) -> Self {
        Self::of(error, |_| None)
    }

    /// A conversion that failed, or a limit that it met.
    #[cold]
    pub(crate) fn of_fault(fault: &Fault) -> Self {
        let mut failure = Self::new(motet_status::WrongKind, fault.message());
        match fault.kind() {
            Some(ErrorKind::Language) => {}
            Some(kind) => {
                failure.status = motet_status::Runtime;
                failure.detail.sort = Some(sort(kind));
            }
            // What is no error is a limit.
            None => failure.status = motet_status::Limit,
        }
        failure
    }

    fn of_stop(stop: &Stop, error: &Error, sources: impl Fn(&TraceFrame) -> Option<Shared<Sources>>) -> Self {
        let status = match stop {
            Stop::Uncaught { .. } => motet_status::Runtime,
            Stop::Trap { trap: Trap::OutOfFuel | Trap::Deadline, .. } => motet_status::Limit,
            Stop::Trap { trap: Trap::Interrupted, .. } => motet_status::Interrupted,
            Stop::Trap { trap: Trap::Waiting | Trap::Corrupt, .. } => motet_status::Internal,
            Stop::Exit(_) => motet_status::Exit,
        };
        let mut failure = Self::new(status, error.message());
        if let Stop::Exit(code) = stop {
            failure.detail.exit_status = *code;
        }
        if status == motet_status::Runtime {
            // Whatever a program throws is an error in its language.
            failure.detail.sort = Some(error.kind().map_or(motet_error_sort::Language, sort));
        }
        let of_innermost = error.trace().first().and_then(&sources);
        failure.detail.report = motet::render_stop(stop, &of_innermost.unwrap_or_default(), false);
        for frame in error.trace().iter().filter(|f| !f.hidden) {
            let sources = sources(frame);
            let place = sources.as_deref().map_or_else(Place::default, |s| Place::of(s, frame.source, frame.start));
            failure.detail.frames.push(Frame {
                function: c_text(&frame.function),
                file: c_text(&place.file),
                line: place.line,
                column: place.column,
            });
        }
        failure
    }
}

fn sort(kind: ErrorKind) -> motet_error_sort {
    match kind {
        ErrorKind::Language => motet_error_sort::Language,
        ErrorKind::StackOverflow => motet_error_sort::StackOverflow,
        ErrorKind::OutOfMemory => motet_error_sort::OutOfMemory,
        ErrorKind::CapabilityDenied => motet_error_sort::CapabilityDenied,
        ErrorKind::Deadlock => motet_error_sort::Deadlock,
    }
}

/// A place for people; zeros where it is not known.
#[derive(Default)]
struct Place {
    file: String,
    line: u32,
    column: u32,
}

impl Place {
    fn of(sources: &Sources, file: u32, offset: u32) -> Self {
        let Some(file) = sources.get(FileId(file)) else { return Self::default() };
        if file.text.is_empty() {
            return Self { file: file.name.clone(), ..Self::default() };
        }
        let at = LineIndex::new(&file.text).line_col(offset);
        Self { file: file.name.clone(), line: at.line, column: at.col }
    }
}

fn problems(diagnostics: &[motet::Diagnostic], sources: &Sources) -> Vec<Problem> {
    let problem = |d: &motet::Diagnostic| {
        let place = Place::of(sources, d.file.0, d.span.start);
        Problem {
            code: c_text(d.code.as_str()),
            message: c_text(&d.message),
            help: c_text(d.help.as_deref().unwrap_or("")),
            file: c_text(&place.file),
            line: place.line,
            column: place.column,
            is_error: d.severity == Severity::Error,
        }
    };
    diagnostics.iter().map(problem).collect()
}

/// Forgets the thread's last failure.
pub(crate) fn forget() {
    let _ = LAST.try_with(|slot| slot.try_borrow_mut().map(|mut slot| slot.take()));
}
