//! The row of PohLang.

use alloc::{format, string::String};

#[cfg(feature = "compiler")]
use motet_ir::Frontend;
#[cfg(feature = "compiler")]
use motet_lang_pohlang::PohLang;
use motet_lang_pohlang::PohLangSemantics;
use motet_runtime::Semantics;

use super::Language;
use crate::RunReport;

pub(super) const LANGUAGE: Language = Language {
    name: "pohlang",
    title: "PohLang",
    extensions: &["poh"],
    #[cfg(feature = "compiler")]
    frontend,
    semantics,
    report,
};

#[cfg(feature = "compiler")]
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
