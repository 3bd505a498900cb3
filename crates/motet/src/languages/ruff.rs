//! The row of Ruff.

use alloc::{format, string::String};
use core::fmt::Write as _;

#[cfg(feature = "compiler")]
use motet_ir::Frontend;
#[cfg(feature = "compiler")]
use motet_lang_ruff::RuffFrontend;
use motet_lang_ruff::RuffSemantics;
use motet_runtime::{ErrorKind, Semantics, Thrown};

use super::Language;
use crate::RunReport;

pub(super) const LANGUAGE: Language = Language {
    name: "ruff",
    title: "Ruff",
    extensions: &["ruff"],
    #[cfg(feature = "compiler")]
    frontend,
    semantics,
    report,
};

#[cfg(feature = "compiler")]
fn frontend() -> &'static dyn Frontend {
    &RuffFrontend
}

fn semantics() -> &'static dyn Semantics {
    &RuffSemantics
}

/// Ruff's form: no place, and a call stack only within functions.
fn report(report: &RunReport<'_>) -> String {
    let mut out = format!("[RUFVM001] [vm] Runtime Error: {}\n  --> 0:0\n", report.message);
    let overflow = matches!(report.thrown, Some(Thrown::Error(e)) if e.kind == ErrorKind::StackOverflow);
    let calls = report.trace.iter().filter(|f| !f.hidden).take(if overflow { 20 } else { usize::MAX });
    for (i, frame) in calls.enumerate() {
        if i == 0 {
            out.push_str("\nCall stack:\n");
        }
        let _ = writeln!(out, "  {i} at {}", frame.function);
    }
    out
}
