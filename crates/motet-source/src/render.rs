//! Diagnostics as text for people and as JSON for machines.
//!
//! Control characters of the source are replaced before they reach a
//! terminal, so that a hostile file cannot drive it.

use alloc::{format, string::String, vec::Vec};
use core::fmt::Write as _;

use crate::{Diagnostic, FileId, LineIndex, Severity, Sources, Span};

const RED: &str = "\x1b[1;31m";
const YELLOW: &str = "\x1b[1;33m";
const BLUE: &str = "\x1b[1;34m";
const CYAN: &str = "\x1b[1;36m";
const BOLD: &str = "\x1b[1m";
const RESET: &str = "\x1b[0m";

/// Longest stretch of a source line that is quoted, in characters.
const MAX_QUOTED: usize = 160;

/// Longest message that is shown, in characters.
const MAX_MESSAGE: usize = 2_000;

/// Renders diagnostics for people, one after the other, each ending in a newline.
#[must_use]
pub fn render_text(diagnostics: &[Diagnostic], sources: &Sources, colour: bool) -> String {
    let mut out = String::new();
    // Problems of one file usually follow each other: its lines are found once.
    let mut lines: Option<(FileId, LineIndex)> = None;
    for d in diagnostics {
        if lines.as_ref().is_none_or(|l| l.0 != d.file) {
            lines = sources.get(d.file).map(|file| (d.file, LineIndex::new(&file.text)));
        }
        one(&mut out, d, sources, lines.as_ref().map(|l| &l.1), colour);
    }
    out
}

fn one(out: &mut String, d: &Diagnostic, sources: &Sources, lines: Option<&LineIndex>, colour: bool) {
    let paint = |code: &'static str| if colour { code } else { "" };
    let (word, tint) = match d.severity {
        Severity::Error => ("error", paint(RED)),
        Severity::Warning => ("warning", paint(YELLOW)),
    };
    let (bold, blue, cyan, reset) = (paint(BOLD), paint(BLUE), paint(CYAN), paint(RESET));
    let _ = writeln!(out, "{tint}{word}[{}]{reset}{bold}: {}{reset}", d.code.as_str(), clean(&d.message));
    if let (Some(file), Some(index)) = (sources.get(d.file), lines) {
        let at = index.line_col(d.span.start);
        let mut places: Vec<(Span, &str, bool)> = Vec::with_capacity(1 + d.labels.len());
        places.push((d.span, "", true));
        places.extend(d.labels.iter().map(|l| (l.span, l.message.as_str(), false)));
        places.sort_by_key(|p| p.0.start);
        let last = places.iter().map(|p| index.line_col(p.0.start).line).max().unwrap_or(1);
        let width = format!("{last}").len();
        let _ = writeln!(out, "{blue}{:width$}-->{reset} {}:{}:{}", "", clean(&file.name), at.line, at.col);
        let _ = writeln!(out, "{blue}{:width$} |{reset}", "");
        for (span, message, primary) in places {
            quote(
                out,
                &file.text,
                index,
                span,
                message,
                width,
                if primary { ('^', tint) } else { ('-', blue) },
                (blue, reset),
            );
        }
    }
    if let Some(help) = &d.help {
        let _ = writeln!(out, "  {cyan}= help:{reset} {}", clean(help));
    }
}

#[allow(clippy::too_many_arguments)]
fn quote(
    out: &mut String,
    text: &str,
    index: &LineIndex,
    span: Span,
    message: &str,
    width: usize,
    (mark, tint): (char, &str),
    (blue, reset): (&str, &str),
) {
    let at = index.line_col(span.start);
    let Some(range) = index.line_range(at.line) else { return };
    let line = text.get(range.clone()).unwrap_or("");
    let start = (span.start as usize).saturating_sub(range.start).min(line.len());
    let end = (span.end as usize).saturating_sub(range.start).clamp(start, line.len());
    // A very long line is quoted as a window around the span.
    let before = line.get(..start).map_or(0, |s| s.chars().count());
    let skip = before.saturating_sub(MAX_QUOTED / 2);
    let shown: String = line.chars().skip(skip).take(MAX_QUOTED).map(visible).collect();
    let marks = line
        .get(start..end)
        .map_or(1, |s| s.chars().count())
        .clamp(1, MAX_QUOTED - (before - skip).min(MAX_QUOTED - 1));
    let _ = writeln!(out, "{blue}{:>width$} |{reset} {}", at.line, shown.trim_end());
    let _ = write!(out, "{blue}{:width$} |{reset} {:pad$}{tint}", "", "", pad = before - skip);
    for _ in 0..marks {
        out.push(mark);
    }
    let gap = if message.is_empty() { "" } else { " " };
    let _ = writeln!(out, "{gap}{}{reset}", clean(message));
}

/// One character as it may be shown: tabs become one space (so that columns
/// line up), other control characters U+FFFD.
fn visible(c: char) -> char {
    match c {
        '\t' => ' ',
        c if c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}') => '\u{fffd}',
        c => c,
    }
}

/// A message as it may be shown: no control characters, and no more of a huge token than anybody reads.
fn clean(s: &str) -> String {
    let mut out: String = s.chars().take(MAX_MESSAGE).map(|c| if c == '\n' { '\n' } else { visible(c) }).collect();
    if s.len() > MAX_MESSAGE && s.chars().nth(MAX_MESSAGE).is_some() {
        out.push('…');
    }
    out
}

/// Renders diagnostics as one JSON array (RFC 8259) on one line.
#[must_use]
pub fn render_json(diagnostics: &[Diagnostic], sources: &Sources) -> String {
    let mut out = String::from("[");
    let mut lines: Option<(FileId, LineIndex)> = None;
    for (i, d) in diagnostics.iter().enumerate() {
        if i > 0 {
            out.push(',');
        }
        let file = sources.get(d.file);
        if lines.as_ref().is_none_or(|l| l.0 != d.file) {
            lines = file.map(|file| (d.file, LineIndex::new(&file.text)));
        }
        let at = |offset| {
            lines.as_ref().map_or((1, 1), |(_, index)| {
                let p = index.line_col(offset);
                (p.line, p.col)
            })
        };
        let severity = match d.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        let place = |out: &mut String, span: Span| {
            let ((l, c), (el, ec)) = (at(span.start), at(span.end));
            let _ = write!(
                out,
                "\"start\":{},\"end\":{},\"line\":{l},\"column\":{c},\"end_line\":{el},\"end_column\":{ec}",
                span.start, span.end
            );
        };
        let _ = write!(out, "{{\"code\":\"{}\",\"severity\":\"{severity}\",\"kind\":", d.code.as_str());
        json_string(&mut out, &d.kind);
        out.push_str(",\"message\":");
        json_string(&mut out, &d.message);
        out.push_str(",\"file\":");
        json_string(&mut out, file.map_or("", |f| &f.name));
        out.push(',');
        place(&mut out, d.span);
        out.push_str(",\"labels\":[");
        for (j, label) in d.labels.iter().enumerate() {
            out.push_str(if j > 0 { ",{" } else { "{" });
            place(&mut out, label.span);
            out.push_str(",\"message\":");
            json_string(&mut out, &label.message);
            out.push('}');
        }
        out.push_str("],\"help\":");
        match &d.help {
            Some(help) => json_string(&mut out, help),
            None => out.push_str("null"),
        }
        out.push('}');
    }
    out.push(']');
    out
}

fn json_string(out: &mut String, s: &str) {
    out.push('"');
    for c in s.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c < ' ' => {
                let _ = write!(out, "\\u{:04x}", c as u32);
            }
            c => out.push(c),
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Code;

    fn sample() -> (Vec<Diagnostic>, Sources) {
        let mut sources = Sources::default();
        let file = sources.add("a.x", "let a = b;\nlet c\x1b = 1;\n");
        let d = Diagnostic::error(Code::UnknownName, file, Span::new(8, 9), "unknown name `b`")
            .with_label(Span::new(15, 16), "similar")
            .with_help("did you mean `c`?");
        (alloc::vec![d], sources)
    }

    #[test]
    fn renders_text() {
        let (d, s) = sample();
        assert_eq!(
            render_text(&d, &s, false),
            "error[E0203]: unknown name `b`\n --> a.x:1:9\n  |\n1 | let a = b;\n  |         ^\n2 | let c\u{fffd} = 1;\n  |     - similar\n  = help: did you mean `c`?\n"
        );
    }

    #[test]
    fn renders_json() {
        let (d, s) = sample();
        let json = render_json(&d, &s);
        assert!(json.starts_with("[{\"code\":\"E0203\",\"severity\":\"error\""), "{json}");
        assert!(json.contains("\"line\":1,\"column\":9"), "{json}");
    }
}
