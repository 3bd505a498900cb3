//! The row of SOM, the second surface of Recorz.

use alloc::string::String;

use motet_ir::Frontend;
use motet_lang_recorz::som::{Som, SomSemantics, report_som};
use motet_runtime::Semantics;

use super::Language;
use crate::RunReport;

pub(super) const LANGUAGE: Language =
    Language { name: "som", title: "SOM", extensions: &["som"], frontend, semantics, report };

fn frontend() -> &'static dyn Frontend {
    &Som
}

fn semantics() -> &'static dyn Semantics {
    &SomSemantics
}

/// The message, then the active methods.
fn report(report: &RunReport<'_>) -> String {
    report_som(report.message, report.trace, report.sources)
}
