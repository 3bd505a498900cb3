//! One problem in source text: code, severity, place, message, help.

use alloc::{string::String, vec::Vec};

use crate::{Code, FileId, Span};

/// How serious a diagnostic is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// The program is rejected.
    Error,
    /// The program is accepted; something looks wrong.
    Warning,
}

/// A secondary place with a short remark.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// The place, in the same file as the diagnostic.
    pub span: Span,
    /// What is to be said about it.
    pub message: String,
}

/// One problem, found by any compile stage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Stable code.
    pub code: Code,
    /// Error or warning.
    pub severity: Severity,
    /// The stage in the words of the language, such as `type error`. Languages
    /// with their own one-line form print it; others leave it empty.
    pub kind: String,
    /// File that `span` and `labels` refer to.
    pub file: FileId,
    /// The exact place.
    pub span: Span,
    /// What is wrong.
    pub message: String,
    /// Secondary places.
    pub labels: Vec<Label>,
    /// What to try, if there is something useful to say.
    pub help: Option<String>,
}

impl Diagnostic {
    /// An error at `span` of `file`.
    #[must_use]
    pub fn error(code: Code, file: FileId, span: Span, message: impl Into<String>) -> Self {
        Self {
            code,
            severity: Severity::Error,
            kind: String::new(),
            file,
            span,
            message: message.into(),
            labels: Vec::new(),
            help: None,
        }
    }

    /// Sets the language's own word for the stage, such as `parse error`.
    #[must_use]
    pub fn with_kind(mut self, kind: impl Into<String>) -> Self {
        self.kind = kind.into();
        self
    }

    /// Adds a secondary place.
    #[must_use]
    pub fn with_label(mut self, span: Span, message: impl Into<String>) -> Self {
        self.labels.push(Label { span, message: message.into() });
        self
    }

    /// Says what to try.
    #[must_use]
    pub fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}
