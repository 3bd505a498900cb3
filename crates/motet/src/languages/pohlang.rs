//! The row of PohLang.

use alloc::{format, string::String};

use motet_ir::Frontend;
use motet_lang_pohlang::{PohLang, PohLangSemantics};
use motet_runtime::Semantics;

use super::Language;
use crate::RunReport;

pub(super) const LANGUAGE: Language =
    Language { name: "pohlang", title: "PohLang", extensions: &["poh"], frontend, semantics, report };

fn frontend() -> &'static dyn Frontend {
    &PohLang
}

fn semantics() -> &'static dyn Semantics {
    &PohLangSemantics
}

/// PohLang's form: the message alone.
fn report(report: &RunReport<'_>) -> String {
    format!("Error: {}\n", report.message)
}
