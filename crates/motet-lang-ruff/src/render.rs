//! Diagnostics in Ruff's own form.

use alloc::{format, string::String};
use core::fmt::Write as _;

use motet_source::{Diagnostic, Sources};

/// Kind of diagnostics of the compile stage.
pub const COMPILE_KIND: &str = "RUFVM001";

/// One diagnostic as Ruff prints it: three lines for lexical and syntax errors, one line for
/// compile-time errors. The column counts characters.
#[must_use]
pub fn render_ruff(diagnostic: &Diagnostic, sources: &Sources) -> String {
    let d = diagnostic;
    let subsystem = match d.kind.as_str() {
        COMPILE_KIND => return format!("[{COMPILE_KIND}] [vm] error: Compilation error: {}\n", d.message),
        kind if kind.starts_with("RUFLEX") => "lexer",
        _ => "parser",
    };
    let (line, column) = position(diagnostic, sources);
    let file = sources.get(d.file).map_or("", |f| f.name.as_str());
    let mut out = format!("[{}] [{subsystem}] error: {}\n  --> {file}:{line}:{column}\n", d.kind, d.message);
    if let Some(help) = &d.help {
        let _ = writeln!(out, "  = help: {help}");
    }
    out
}

/// Line and column, from 1, the column in characters.
#[must_use]
pub fn position(diagnostic: &Diagnostic, sources: &Sources) -> (usize, usize) {
    let Some(file) = sources.get(diagnostic.file) else { return (1, 1) };
    let before = file.text.get(..diagnostic.span.start as usize).unwrap_or(&file.text);
    let line_start = before.rfind('\n').map_or(0, |i| i + 1);
    let line = 1 + before.bytes().filter(|&b| b == b'\n').count();
    (line, 1 + before[line_start..].chars().count())
}
