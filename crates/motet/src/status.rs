//! Exit statuses that the languages' own tools give to failing programs.

use motet_source::{Diagnostic, Severity};

use crate::Language;

impl Language {
    /// Exit status for a program that does not compile.
    #[must_use]
    pub fn compile_status(&self, diagnostics: &[Diagnostic]) -> u8 {
        match self.name {
            // Ruff tells lexical and syntax errors from what its compiler refuses.
            "ruff" => {
                let early = |d: &&Diagnostic| d.kind.starts_with("RUFLEX") || d.kind.starts_with("RUFPARSE");
                let first = diagnostics.iter().find(|d| d.severity == Severity::Error);
                if first.as_ref().is_some_and(early) { 3 } else { 4 }
            }
            _ => 1,
        }
    }

    /// Exit status for a program that an uncaught error ends.
    #[must_use]
    pub fn uncaught_status(&self) -> u8 {
        if self.name == "ruff" { 4 } else { 1 }
    }
}
