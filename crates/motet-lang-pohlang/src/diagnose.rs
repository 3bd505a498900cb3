//! What can be wrong with a text, in the words of the reference, and what to
//! try instead.

use alloc::{
    format,
    string::{String, ToString},
};

use motet_source::{Code, Diagnostic, FileId, Span};

use crate::help::help;

/// What is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum What {
    /// A piece that is no expression.
    NoExpression,
    /// Nothing where an expression is needed.
    Empty,
    /// `()` as an expression.
    EmptyParentheses,
    /// A line that is no statement.
    Unsupported,
    /// Something else that has one fixed message.
    Fixed(&'static str),
    /// The same with the piece after it.
    Named(&'static str),
    /// `Expected …, found 'PIECE'`.
    Found(&'static str),
    /// A block without its proper end.
    Unclosed(&'static str),
    /// No `Start Program`.
    NoStart,
    /// No `End Program`.
    NoEnd,
    /// Something after `End Program`.
    AfterEnd,
    /// Nesting beyond the limits.
    TooDeep,
    /// A line that takes too much work to understand.
    TooComplex,
}

impl What {
    /// Whether no other reading is to be tried, and the rest of the file cannot be understood.
    pub fn is_fatal(self) -> bool {
        match self {
            What::TooDeep | What::TooComplex | What::NoStart | What::NoEnd | What::AfterEnd => true,
            What::Found(_) | What::Unclosed(_) => true,
            What::NoExpression | What::Empty | What::EmptyParentheses | What::Unsupported => false,
            What::Fixed(_) | What::Named(_) => false,
        }
    }
}

/// A problem, before it is put into words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Problem {
    /// What is wrong.
    pub what: What,
    /// Where the piece begins, in bytes.
    pub start: u32,
    /// Where it ends.
    pub end: u32,
}

impl Problem {
    /// A problem of the piece from `start` to `end`, in bytes.
    pub fn new(what: What, start: usize, end: usize) -> Self {
        let Span { start, end } = Span::new(start, end);
        Self { what, start, end }
    }
}

/// The problem in words.
pub(crate) fn diagnostic(problem: Problem, text: &str, file: FileId) -> Diagnostic {
    let Problem { what, start, end } = problem;
    let piece = text.get(start as usize..end as usize).unwrap_or("");
    let message = match what {
        What::NoExpression => format!(
            "Could not parse expression: {piece}.\nHint: Check for unmatched brackets [], braces {{}}, or parentheses ()"
        ),
        What::Empty => "Empty expression".to_string(),
        What::EmptyParentheses => "Empty parentheses () are not allowed".to_string(),
        What::Unsupported => format!("Unsupported statement: {piece}"),
        What::Fixed(message) | What::Unclosed(message) => message.to_string(),
        What::Named(message) => format!("{message}: {piece}"),
        What::Found(message) => format!("{message}, found '{piece}'"),
        What::NoStart => outside(text, start, "Expected 'Start Program'"),
        What::NoEnd => outside(text, start, "Expected 'End Program'"),
        What::AfterEnd => outside(text, start, "Unexpected content after 'End Program'"),
        What::TooDeep => "This is nested too deeply".to_string(),
        What::TooComplex => "This line is too complicated".to_string(),
    };
    let code = match what {
        What::TooDeep => Code::TooDeep,
        What::TooComplex => Code::TooLarge,
        _ => Code::UnexpectedToken,
    };
    let found = Diagnostic::error(code, file, Span { start, end }, message).with_kind("syntax error");
    match help(what, text, start as usize, end as usize) {
        Some(help) => found.with_help(help),
        None => found,
    }
}

/// A message about the frame of the program, which names the line.
fn outside(text: &str, at: u32, message: &str) -> String {
    let before = text.get(..at as usize).unwrap_or(text);
    let line = 1 + before.bytes().filter(|&b| b == b'\n').count();
    format!("[file: Line {line}: Col 1] {message}")
}
