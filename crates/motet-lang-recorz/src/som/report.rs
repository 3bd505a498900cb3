//! Uncaught errors as text: the message, then the active methods, innermost first.

use alloc::{format, string::String, vec::Vec};
use core::fmt::Write as _;

use motet_runtime::TraceFrame;
use motet_source::{FileId, LineIndex, Sources};

/// Most calls that are listed at either end of a long trace.
const SHOWN: usize = 20;

/// `error: message`, then a line for each active method of the program.
#[must_use]
pub fn report_som(message: &str, trace: &[TraceFrame], sources: &Sources) -> String {
    let mut out = format!("error: {message}\n");
    let calls: Vec<&TraceFrame> = trace.iter().filter(|frame| !frame.hidden).collect();
    let cut = calls.len() > 2 * SHOWN;
    for (at, frame) in calls.iter().enumerate() {
        if cut && at == SHOWN {
            let _ = writeln!(out, "  … {} more calls", calls.len() - 2 * SHOWN);
        }
        if cut && (SHOWN..calls.len() - SHOWN).contains(&at) {
            continue;
        }
        let place = sources.get(FileId(frame.source)).filter(|file| !file.text.is_empty()).map(|file| {
            let line = LineIndex::new(&file.text).line_col(frame.start).line;
            format!(" ({}:{line})", file.name)
        });
        let _ = writeln!(out, "  at {}{}", frame.function, place.unwrap_or_default());
    }
    out
}
