//! The row of Moon.

use alloc::{format, string::String};

#[cfg(feature = "compiler")]
use motet_ir::Frontend;
#[cfg(feature = "compiler")]
use motet_lang_moon::Moon;
use motet_lang_moon::{MoonSemantics, render_at};
use motet_runtime::Semantics;
use motet_source::{FileId, Span};

use super::Language;
use crate::RunReport;

pub(super) const LANGUAGE: Language = Language {
    name: "moon",
    title: "Moon",
    extensions: &["moon"],
    #[cfg(feature = "compiler")]
    frontend,
    semantics,
    report,
};

#[cfg(feature = "compiler")]
fn frontend() -> &'static dyn Frontend {
    &Moon
}

fn semantics() -> &'static dyn Semantics {
    &MoonSemantics
}

/// Moon's form: the place of the failing operation, its line, and carets; no call stack.
fn report(report: &RunReport<'_>) -> String {
    let place = report.trace.iter().find(|f| !f.hidden);
    let file = place.and_then(|f| report.sources.get(FileId(f.source)).map(|file| (f, file)));
    match file {
        Some((frame, file)) => {
            let span = Span { start: frame.start, end: frame.end };
            render_at(&file.name, &file.text, span, "vm error", report.message)
        }
        None => format!("vm error: {}\n", report.message),
    }
}
