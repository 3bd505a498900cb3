//! Run-time errors as text for people.

use alloc::{
    format,
    string::{String, ToString},
    vec::Vec,
};
use core::fmt::Write as _;

use motet_runtime::{Stop, Thrown, TraceFrame};
use motet_source::{Code, Diagnostic, FileId, LineIndex, Sources, Span, render_text};

/// Most calls that a report lists at either end of a long trace.
const SHOWN: usize = 10;

/// What there is to say about a program that stopped without a value.
#[derive(Clone, Copy, Debug)]
pub struct RunReport<'a> {
    /// What went wrong, in one or more lines.
    pub message: &'a str,
    /// What was thrown; `None` for traps.
    pub thrown: Option<&'a Thrown>,
    /// Active calls, innermost first.
    pub trace: &'a [TraceFrame],
    /// Files that the trace refers to; texts may be empty (stripped programs).
    pub sources: &'a Sources,
}

impl<'a> RunReport<'a> {
    /// The report of a stop; `None` when the program ended itself. `text` is scratch space for messages
    /// that have to be made.
    pub(crate) fn new(stop: &'a Stop, sources: &'a Sources, text: &'a mut String) -> Option<Self> {
        match stop {
            Stop::Uncaught { thrown, message, trace, .. } => {
                Some(RunReport { message, thrown: Some(thrown), trace, sources })
            }
            Stop::Trap { trap, trace } => {
                *text = trap.to_string();
                Some(RunReport { message: text, thrown: None, trace, sources })
            }
            Stop::Exit(_) => None,
        }
    }
}

/// Motet's own form: the message, an excerpt of the source at the innermost visible call, and the calls.
/// Empty when the program ended itself.
#[must_use]
pub fn render_stop(stop: &Stop, sources: &Sources, colour: bool) -> String {
    let mut text = String::new();
    let Some(report) = RunReport::new(stop, sources, &mut text) else { return String::new() };
    let word = if matches!(stop, Stop::Trap { .. }) { "stopped" } else { "runtime error" };
    let (red, reset) = if colour { ("\x1b[1;31m", "\x1b[0m") } else { ("", "") };
    let mut out = format!("{red}{word}{reset}: {}\n", visible(report.message));
    let calls: Vec<&TraceFrame> = report.trace.iter().filter(|f| !f.hidden).collect();
    // Top-level code is left out of traces; where nothing else runs, it is the place.
    if let Some(place) = calls.first().copied().or(report.trace.last()) {
        out.push_str(&excerpt(place, sources, colour));
    }
    if calls.len() > 1 {
        out.push_str("call stack, innermost first:\n");
    }
    for (i, frame) in calls.iter().enumerate().filter(|_| calls.len() > 1) {
        if calls.len() > 2 * SHOWN && i == SHOWN {
            let _ = writeln!(out, "  … {} more calls", calls.len() - 2 * SHOWN);
        }
        if calls.len() <= 2 * SHOWN || i < SHOWN || i >= calls.len() - SHOWN {
            let _ = writeln!(out, "  {i}: {}{}", visible(&frame.function), position(frame, sources));
        }
    }
    out
}

/// The quoted source, without the heading line that diagnostics have.
fn excerpt(frame: &TraceFrame, sources: &Sources, colour: bool) -> String {
    let file = FileId(frame.source);
    if sources.get(file).is_none_or(|f| f.text.is_empty()) {
        return String::new();
    }
    let span = Span { start: frame.start, end: frame.end };
    // The heading is one line, because the message is empty.
    let rendered = render_text(&[Diagnostic::error(Code::InternalCheck, file, span, "")], sources, colour);
    rendered.split_once('\n').map_or(String::new(), |(_, rest)| rest.to_string())
}

fn position(frame: &TraceFrame, sources: &Sources) -> String {
    match sources.get(FileId(frame.source)) {
        Some(file) if !file.text.is_empty() => {
            let at = LineIndex::new(&file.text).line_col(frame.start);
            format!(" ({}:{}:{})", visible(&file.name), at.line, at.col)
        }
        Some(file) if !file.name.is_empty() => format!(" ({})", visible(&file.name)),
        _ => String::new(),
    }
}

/// Text that cannot drive a terminal.
fn visible(text: &str) -> String {
    text.chars().map(|c| if c.is_control() && c != '\n' && c != '\t' { '\u{fffd}' } else { c }).collect()
}
