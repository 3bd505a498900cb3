//! Moon's own form of a diagnostic: head line, source line, carets.

use alloc::{format, string::String};

use motet_source::{Diagnostic, LineIndex, Sources, Span};

/// Renders one problem, ending in a newline: `PATH:LINE:COL: KIND: MESSAGE`, the line in which the
/// span starts, and one `^` per byte of the span, at least one.
#[must_use]
pub fn render_moon(diagnostic: &Diagnostic, sources: &Sources) -> String {
    match sources.get(diagnostic.file) {
        Some(file) => render_at(&file.name, &file.text, diagnostic.span, &diagnostic.kind, &diagnostic.message),
        None => format!("{}: {}\n", diagnostic.kind, diagnostic.message),
    }
}

/// The same for any span of a text, such as the place of a run-time error.
#[must_use]
pub fn render_at(path: &str, text: &str, span: Span, kind: &str, message: &str) -> String {
    let index = LineIndex::new(text);
    let at = index.line_col(span.start);
    let range = index.line_range(at.line).unwrap_or(0..0);
    let line = text.get(range).unwrap_or("");
    // Spans of a file that somebody else wrote may lie anywhere.
    let carets = "^".repeat(span.len().clamp(1, text.len().max(1)));
    let pad = " ".repeat((at.col as usize).saturating_sub(1).min(line.len()));
    format!("{path}:{}:{}: {kind}: {message}\n{line}\n{pad}{carets}\n", at.line, at.col)
}
