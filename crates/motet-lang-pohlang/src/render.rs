//! Diagnostics in PohLang's own form: `Error: ` and the first message.

use alloc::{format, string::String};

use motet_source::Diagnostic;

/// What PohLang prints of these problems. It stops at the first, so the others are not shown.
#[must_use]
pub fn render_pohlang(diagnostics: &[Diagnostic]) -> String {
    diagnostics.first().map(|d| format!("Error: {}\n", d.message)).unwrap_or_default()
}
