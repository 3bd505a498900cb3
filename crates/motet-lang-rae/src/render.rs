//! Rae's own form of a diagnostic: head line, numbered source line, a fixed mark.

use alloc::{format, string::String};

use motet_source::{Diagnostic, LineIndex, Sources, Span};

/// Renders one problem, ending in a newline.
#[must_use]
pub fn render_rae(diagnostic: &Diagnostic, sources: &Sources) -> String {
    match sources.get(diagnostic.file) {
        Some(file) => render_at(&file.name, &file.text, diagnostic.span, &diagnostic.message),
        None => format!("error: {}\n", diagnostic.message),
    }
}

/// The same for any span of a text: `PATH:LINE:COL: MESSAGE`, the line in which the span starts with its number
/// right-aligned to six, and `^~~~` under the column. Columns count bytes from 1.
#[must_use]
pub fn render_at(path: &str, text: &str, span: Span, message: &str) -> String {
    let index = LineIndex::new(text);
    let at = index.line_col(span.start);
    let line = index.line_range(at.line).and_then(|range| text.get(range)).unwrap_or("");
    let pad = " ".repeat((at.col as usize).saturating_sub(1).min(line.len()));
    format!("{path}:{}:{}: {message}\n {:5} | {line}\n       | {pad}^~~~\n", at.line, at.col, at.line)
}
