//! The lines of a text: trimmed, without blank lines and comments.

use motet_source::Span;

use crate::diagnose::{Problem, What};

/// A line without surrounding white space.
#[derive(Clone, Copy, Debug)]
pub(super) struct Line<'a> {
    /// What it says; not empty.
    pub text: &'a str,
    /// Where that begins.
    pub start: usize,
    /// How many characters of white space stand before it.
    pub indent: usize,
}

impl Line<'_> {
    /// A problem of the whole line.
    pub fn problem(&self, what: What) -> Problem {
        Problem::new(what, self.start, self.start + self.text.len())
    }

    /// Its place.
    pub fn span(&self) -> Span {
        Span::new(self.start, self.start + self.text.len())
    }
}

/// A cursor over lines.
#[derive(Debug)]
pub(super) struct Lines<'a> {
    text: &'a str,
    /// Where the next line begins.
    at: usize,
    /// How far lines are indented at least; others end the lines.
    indent: usize,
}

impl<'a> Lines<'a> {
    /// All lines of a text, which may begin with a byte-order mark.
    pub fn new(text: &'a str) -> Self {
        let at = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
        Self { text, at, indent: 0 }
    }

    /// The next line that is not blank.
    pub fn next_even_comment(&mut self) -> Option<Line<'a>> {
        while self.at < self.text.len() {
            let start = self.at;
            let rest = &self.text[start..];
            let line = match rest.as_bytes().iter().position(|&b| b == b'\n') {
                Some(length) => &rest[..length],
                None => rest,
            };
            self.at = (start + line.len() + 1).min(self.text.len());
            let text = line.trim_start();
            if !text.is_empty() {
                let before = &line[..line.len() - text.len()];
                let indent = if before.is_ascii() { before.len() } else { before.chars().count() };
                if indent < self.indent {
                    self.at = start;
                    return None;
                }
                return Some(Line { text: text.trim_end(), start: start + before.len(), indent });
            }
        }
        None
    }

    /// The next line that is neither blank nor a comment.
    pub fn next(&mut self) -> Option<Line<'a>> {
        loop {
            let line = self.next_even_comment()?;
            if !(line.text.starts_with('#') || line.text.starts_with("//")) {
                return Some(line);
            }
        }
    }

    /// The next line, which stays the next one.
    pub fn peek(&mut self) -> Option<Line<'a>> {
        let at = self.at;
        let line = self.next();
        self.at = at;
        line
    }

    /// Where the line that was read last ends, without white space.
    pub fn last_end(&self) -> usize {
        self.text[..self.at].trim_end().len()
    }

    /// From here on only lines that are indented this much are read, up to the first that is not; gives what was asked for
    /// before.
    pub fn require_indent(&mut self, indent: usize) -> usize {
        core::mem::replace(&mut self.indent, indent)
    }

    /// A problem at the place where the next line is, or at the end.
    pub fn here(&mut self, what: What) -> Problem {
        let indent = self.require_indent(0);
        let next = self.peek();
        self.indent = indent;
        match next {
            Some(line) => line.problem(what),
            None => Problem::new(what, self.text.len(), self.text.len()),
        }
    }
}
