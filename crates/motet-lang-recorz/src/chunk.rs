//! Chunk files: what stands between lines of a single `!`, and what each chunk declares.
//!
//! Invariant: chunks are found by position in the one text, so that every place in a chunk is a place in the file.

use alloc::{format, string::String, vec::Vec};
use core::ops::Range;

use motet_source::{Code, Diagnostic, FileId, Span};

use crate::world::{Definition, words};

/// A chunk of a file.
#[derive(Clone, Debug, PartialEq)]
pub enum Chunk<'a> {
    /// `RecorzKernelClass: #Name …`.
    Class(ClassHeader<'a>),
    /// `RecorzKernelClassSide: #Name …`.
    ClassSide(ClassHeader<'a>),
    /// `RecorzKernelProtocol: 'text'`.
    Protocol(&'a str),
    /// `RecorzKernelPackage: 'Name' comment: 'text'`.
    Package {
        /// Its name.
        name: &'a str,
        /// Its comment.
        comment: Option<&'a str>,
    },
    /// `RecorzKernelDoIt:` and statements, which stand there.
    DoIt(Range<usize>),
    /// Boot-image declarations, which mean nothing here.
    Ignored,
    /// The source of a method.
    Method(Range<usize>),
}

/// A class header with its options.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ClassHeader<'a> {
    /// What it says of the class; a header without options only reopens it.
    pub definition: Definition<'a>,
    /// Place of the header.
    pub span: Span,
}

/// Whether a text is a chunk file: what comes after white space and comments begins with `RecorzKernel`.
#[must_use]
pub fn is_chunk_file(text: &str) -> bool {
    text[skip_blanks(text, 0)..].starts_with("RecorzKernel")
}

/// The places of the chunks, trimmed; empty ones are left out.
pub fn split(text: &str) -> Vec<Range<usize>> {
    let mut chunks = Vec::new();
    let (mut start, mut at) = (0, 0);
    let mut push = |from: usize, to: usize| {
        let piece = &text[from..to];
        let from = from + (piece.len() - piece.trim_start().len());
        let to = from + text[from..to].trim_end().len();
        if from < to {
            chunks.push(from..to);
        }
    };
    while at < text.len() {
        let end = text[at..].find('\n').map_or(text.len(), |n| at + n + 1);
        if text[at..end].trim() == "!" {
            push(start, at);
            start = end;
        }
        at = end;
    }
    push(start, text.len());
    chunks
}

/// What a chunk declares.
///
/// # Errors
/// A header that is malformed.
pub fn read<'a>(text: &'a str, range: Range<usize>, file: FileId) -> Result<Chunk<'a>, Diagnostic> {
    let start = skip_blanks(text, range.start).min(range.end);
    let mut header = Header { text: &text[..range.end], at: start, file };
    let Some(word) = header.keyword() else { return Ok(Chunk::Method(range)) };
    match word {
        "RecorzKernelDoIt:" => Ok(Chunk::DoIt(header.at..range.end)),
        "RecorzKernelProtocol:" => Ok(Chunk::Protocol(header.text()?)),
        "RecorzKernelPackage:" => {
            let name = header.text()?;
            let comment = match header.keyword() {
                Some("comment:") => Some(header.text()?),
                Some(other) => return header.fail(format!("unknown option {other}")),
                None => None,
            };
            header.end().map(|()| Chunk::Package { name, comment })
        }
        "RecorzKernelClass:" => header.class(start).map(Chunk::Class),
        "RecorzKernelClassSide:" => header.class(start).map(Chunk::ClassSide),
        "RecorzKernelBootObject:"
        | "RecorzKernelRoot:"
        | "RecorzKernelSelector:"
        | "RecorzKernelGlyphBitmapFamily:" => Ok(Chunk::Ignored),
        _ => Ok(Chunk::Method(range)),
    }
}

/// Position after white space and comments.
fn skip_blanks(text: &str, from: usize) -> usize {
    let mut at = from;
    loop {
        at += text[at..].len() - text[at..].trim_start().len();
        if !text[at..].starts_with('"') {
            return at;
        }
        match text[at + 1..].find('"') {
            Some(length) => at += length + 2,
            None => return at,
        }
    }
}

struct Header<'a> {
    text: &'a str,
    at: usize,
    file: FileId,
}

impl<'a> Header<'a> {
    fn fail<T>(&self, message: impl Into<String>) -> Result<T, Diagnostic> {
        let span = Span::new(self.at.min(self.text.len()), self.text.len());
        Err(Diagnostic::error(Code::UnexpectedToken, self.file, span, message))
    }

    fn name(&mut self) -> Option<&'a str> {
        let rest = &self.text[self.at..];
        let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(rest.len());
        self.at += end;
        (end > 0).then(|| &rest[..end])
    }

    /// A name with a colon directly behind, if one stands here.
    fn keyword(&mut self) -> Option<&'a str> {
        self.at = skip_blanks(self.text, self.at);
        let start = self.at;
        if self.name().is_some() && self.text[self.at..].starts_with(':') {
            self.at += 1;
            return Some(&self.text[start..self.at]);
        }
        self.at = start;
        None
    }

    fn symbol(&mut self) -> Result<&'a str, Diagnostic> {
        self.at = skip_blanks(self.text, self.at);
        if !self.text[self.at..].starts_with('#') {
            return self.fail("expected a class name such as #Foo");
        }
        self.at += 1;
        match self.name() {
            Some(name) => Ok(name),
            None => self.fail("expected a class name such as #Foo"),
        }
    }

    /// A text in quotes; it ends at the next quote.
    fn text(&mut self) -> Result<&'a str, Diagnostic> {
        self.at = skip_blanks(self.text, self.at);
        let rest = &self.text[self.at..];
        let Some(length) = rest.strip_prefix('\'').and_then(|inside| inside.find('\'')) else {
            return self.fail("expected a text in single quotes");
        };
        self.at += length + 2;
        Ok(&rest[1..=length])
    }

    fn number(&mut self) -> Result<(), Diagnostic> {
        self.at = skip_blanks(self.text, self.at);
        match self.name() {
            Some(digits) if digits.bytes().all(|c| c.is_ascii_digit()) => Ok(()),
            _ => self.fail("expected a number"),
        }
    }

    fn end(&mut self) -> Result<(), Diagnostic> {
        self.at = skip_blanks(self.text, self.at);
        if self.at >= self.text.len() { Ok(()) } else { self.fail("unexpected text after the header") }
    }

    fn class(&mut self, start: usize) -> Result<ClassHeader<'a>, Diagnostic> {
        let mut definition = Definition { name: self.symbol()?, ..Definition::default() };
        let mut seen = Vec::new();
        while let Some(option) = self.keyword() {
            if seen.contains(&option) {
                return self.fail(format!("the option {option} is given twice"));
            }
            seen.push(option);
            match option {
                "superclass:" => definition.superclass = Some(self.symbol()?),
                "instanceVariableNames:" => definition.instance_variables = Some(words(self.text()?)),
                "classVariableNames:" => definition.class_variables = Some(words(self.text()?)),
                "package:" => definition.package = Some(self.text()?),
                "comment:" => definition.comment = Some(self.text()?),
                "descriptorOrder:" | "objectKindOrder:" | "sourceBootOrder:" => self.number()?,
                _ => return self.fail(format!("unknown option {option}")),
            }
            definition.options = true;
        }
        self.end()?;
        Ok(ClassHeader { definition, span: Span::new(start, self.at) })
    }
}
