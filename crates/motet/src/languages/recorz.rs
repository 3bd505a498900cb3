//! The row of Recorz.

use alloc::{format, string::String};
use core::fmt::Write as _;

#[cfg(feature = "compiler")]
use motet_ir::Frontend;
#[cfg(feature = "compiler")]
use motet_lang_recorz::Recorz;
use motet_lang_recorz::RecorzSemantics;
use motet_runtime::Semantics;
use motet_source::{FileId, LineIndex};

use super::Language;
use crate::RunReport;

pub(super) const LANGUAGE: Language = Language {
    name: "recorz",
    title: "Recorz",
    extensions: &["rz"],
    #[cfg(feature = "compiler")]
    frontend,
    semantics,
    report,
};

/// Activations that a report lists at each end, when there are many.
const ENDS: usize = 10;

#[cfg(feature = "compiler")]
fn frontend() -> &'static dyn Frontend {
    &Recorz
}

fn semantics() -> &'static dyn Semantics {
    &RecorzSemantics
}

/// Recorz's form: the error, then one line per activation, innermost first.
pub(super) fn report(report: &RunReport<'_>) -> String {
    let mut out = format!("error: {}\n", report.message);
    let calls: alloc::vec::Vec<_> = report.trace.iter().filter(|f| !f.hidden).collect();
    let skipped = calls.len().saturating_sub(2 * ENDS);
    for (i, call) in calls.iter().enumerate() {
        if skipped > 1 && (ENDS..ENDS + skipped).contains(&i) {
            if i == ENDS {
                let _ = writeln!(out, "  … {skipped} more");
            }
            continue;
        }
        let _ = write!(out, "  at {}", call.function);
        if let Some(file) = report.sources.get(FileId(call.source)) {
            // Programs may come without their texts.
            if !file.text.is_empty() {
                let line = LineIndex::new(&file.text).line_col(call.start).line;
                let _ = write!(out, " ({}:{line})", file.name);
            }
        }
        out.push('\n');
    }
    out
}
