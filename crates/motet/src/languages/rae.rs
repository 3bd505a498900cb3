//! The row of Rae.

use alloc::{format, string::String};

#[cfg(feature = "compiler")]
use motet_ir::Frontend;
#[cfg(feature = "compiler")]
use motet_lang_rae::Rae;
use motet_lang_rae::RaeSemantics;
use motet_runtime::Semantics;
use motet_source::{FileId, LineIndex};

use super::Language;
use crate::RunReport;

pub(super) const LANGUAGE: Language = Language {
    name: "rae",
    title: "Rae",
    extensions: &["rae"],
    #[cfg(feature = "compiler")]
    frontend,
    semantics,
    report,
};

#[cfg(feature = "compiler")]
fn frontend() -> &'static dyn Frontend {
    &Rae
}

fn semantics() -> &'static dyn Semantics {
    &RaeSemantics
}

/// Rae's form: one line with the place of the failing operation.
fn report(report: &RunReport<'_>) -> String {
    let place = report.trace.iter().find(|f| !f.hidden);
    let file = place.and_then(|f| report.sources.get(FileId(f.source)).map(|file| (f, file)));
    match file {
        Some((frame, file)) => {
            let at = LineIndex::new(&file.text).line_col(frame.start);
            format!("{}:{}:{}: {}\n", file.name, at.line, at.col, report.message)
        }
        None => format!("{}\n", report.message),
    }
}
