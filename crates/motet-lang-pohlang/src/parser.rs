//! Lines to statements.
//!
//! Invariants: every line is looked at once; blocks nest at most
//! [`MAX_NESTING`](crate::ast::MAX_NESTING) deep; after [`MAX_PROBLEMS`]
//! problems, or one that leaves the structure of the blocks unknown, the rest
//! is not looked at.

mod block;
mod expr;
mod lines;
mod scan;
mod stmt;
mod term;

use alloc::{vec, vec::Vec};

use motet_source::{Code, Diagnostic, FileId, Span};

use crate::{
    ast::{BinOp, Program, Stmt, StmtKind},
    diagnose::{Problem, What, diagnostic},
    help::is_left_over,
};
use expr::{Read, Reader};
use lines::{Line, Lines};
use stmt::after;

/// Most problems that are shown of one file.
const MAX_PROBLEMS: usize = 20;

/// The two sorts of imports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Imported {
    /// `Import "path"`.
    File,
    /// `Import system "name"`.
    System,
}

/// What a text imports, if it parses: what stands between the quotes, in order.
pub(crate) fn imports(text: &str) -> impl Iterator<Item = (Imported, &str)> {
    text.match_indices("Import").filter_map(|(at, word)| {
        let before = text[..at].trim_end_matches([' ', '\t']);
        if !(before.is_empty() || before.ends_with(['\n', '\u{feff}'])) {
            return None;
        }
        let rest = text[at + word.len()..].split('\n').next().unwrap_or("").trim();
        let (sort, rest) = match rest.strip_prefix("system") {
            Some(rest) => (Imported::System, rest.trim_start()),
            None => (Imported::File, rest),
        };
        let (written, _) = rest.strip_prefix('"')?.split_once('"')?;
        Some((sort, written))
    })
}

/// Parses a file. A `snippet` may leave out `Start Program` and `End Program`.
///
/// # Errors
/// Everything that is wrong with it, in order.
pub(crate) fn parse(text: &str, file: FileId, snippet: bool) -> Result<Program<'_>, Vec<Diagnostic>> {
    Parser::new(text).parse(text, file, snippet)
}

/// Where a line that is no comment belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Placed {
    /// Where its words begin.
    pub start: usize,
    /// Blocks around it.
    pub level: usize,
    /// It ends a block, or a part of one.
    pub closes: bool,
}

/// The places of the statements and closing lines of a file, in order. It may leave out `Start Program` and `End Program`.
///
/// # Errors
/// Everything that is wrong with it.
pub(crate) fn layout(text: &str, file: FileId) -> Result<Vec<Placed>, Vec<Diagnostic>> {
    let mut parser = Parser { places: Some(Vec::new()), ..Parser::new(text) };
    parser.parse(text, file, true)?;
    Ok(parser.places.unwrap_or_default())
}

/// Removes complaints about the ends of blocks whose beginnings were not understood.
fn without_left_overs(problems: &mut Vec<Problem>, text: &str) {
    let mut unknown = false;
    problems.retain(|p| {
        let piece = text.get(p.start as usize..p.end as usize).unwrap_or("");
        let drop = unknown && p.what == What::Unsupported && is_left_over(piece);
        unknown |= p.what == What::Unsupported;
        !drop
    });
}

/// Whether a text, which needs no `Start Program`, goes on in a further line: a block is open, or a handler that ends with
/// a blank line.
pub(crate) fn is_incomplete(text: &str) -> bool {
    match parse(text, FileId(0), true) {
        Ok(program) => {
            let last = text.trim_end_matches('\n').len();
            let ends = text.len() >= last + 2 || text[..last].ends_with(['\n', ' ']);
            matches!(program.body.last(), Some(Stmt { kind: StmtKind::AddRoute { .. }, .. })) && !ends
        }
        Err(problems) => problems.first().is_some_and(|d| d.span.start as usize >= text.len()),
    }
}

struct Parser<'a> {
    lines: Lines<'a>,
    reader: Reader<'a>,
    problems: Vec<Problem>,
    /// The line that began the block whose end is wrong.
    opening: Option<Line<'a>>,
    /// Where lines belong, if that is wanted.
    places: Option<Vec<Placed>>,
}

impl<'a> Parser<'a> {
    fn new(text: &'a str) -> Self {
        Self { lines: Lines::new(text), reader: Reader::new(text), problems: Vec::new(), opening: None, places: None }
    }

    fn parse(&mut self, text: &'a str, file: FileId, snippet: bool) -> Result<Program<'a>, Vec<Diagnostic>> {
        if u32::try_from(text.len()).is_err() {
            return Err(vec![Diagnostic::error(Code::TooLarge, file, Span::default(), "This file is too large")]);
        }
        let body = self.program(snippet);
        if let Err(problem) = &body {
            self.problems.push(*problem);
        }
        match body {
            Ok(body) if self.problems.is_empty() => Ok(Program { body }),
            _ => {
                without_left_overs(&mut self.problems, text);
                let mut found: Vec<Diagnostic> = self.problems.iter().map(|p| diagnostic(*p, text, file)).collect();
                if let Some(opening) = self.opening
                    && let Some(last) = found.pop()
                {
                    found.push(last.with_label(opening.span(), "the block begins here"));
                }
                Err(found)
            }
        }
    }

    /// Notes where a line belongs.
    fn place(&mut self, line: Line<'a>, level: usize, closes: bool) {
        if let Some(places) = &mut self.places {
            places.push(Placed { start: line.start, level, closes });
        }
    }

    fn program(&mut self, snippet: bool) -> Read<Vec<Stmt<'a>>> {
        let mut body = Vec::new();
        let header = self.lines.peek().is_some_and(|line| line.text.eq_ignore_ascii_case("start program"));
        if header {
            if let Some(line) = self.lines.next() {
                self.place(line, 0, false);
            }
        } else if !snippet {
            return Err(self.lines.here(What::NoStart));
        }
        loop {
            match self.lines.next() {
                Some(line) if header && line.text.eq_ignore_ascii_case("end program") => {
                    self.place(line, 0, false);
                    break;
                }
                Some(line) => self.statement_into(line, 0, &mut body)?,
                None if header => return Err(self.lines.here(What::NoEnd)),
                None => return Ok(body),
            }
        }
        match self.lines.next_even_comment() {
            Some(line) => Err(line.problem(What::AfterEnd)),
            None => Ok(body),
        }
    }

    /// Notes a problem, after which the next line can be understood.
    fn note(&mut self, problem: Problem) -> Read<()> {
        if problem.what.is_fatal() || self.problems.len() + 1 >= MAX_PROBLEMS {
            return Err(problem);
        }
        self.problems.push(problem);
        Ok(())
    }

    /// Reads the statement that begins with a line, and adds it to a block.
    fn statement_into(&mut self, line: Line<'a>, nesting: usize, block: &mut Vec<Stmt<'a>>) -> Read<()> {
        self.place(line, nesting, false);
        match self.statement(line, nesting) {
            Ok(Some(kind)) => block.push(Stmt { kind, span: line.span() }),
            Ok(None) => {}
            Err(problem) => self.note(problem)?,
        }
        Ok(())
    }

    /// What a statement does; nothing if a problem was noted.
    fn statement(&mut self, line: Line<'a>, nesting: usize) -> Read<Option<StmtKind<'a>>> {
        let text = line.text;
        let exact = |words: &str| text.strip_prefix(words);
        let any = |words: &str| after(text, words);
        let found = match text.as_bytes()[0] {
            b'W' => {
                if let Some(rest) = exact("Write ") {
                    Some(self.write(line, rest)?)
                } else if let Some(rest) = exact("While ") {
                    return self.while_block(line, rest, nesting);
                } else {
                    None
                }
            }
            b'D' => {
                if let Some(rest) = exact("Define function ") {
                    Some(self.define(line, rest)?)
                } else if let Some(rest) = exact("Delete file at ") {
                    Some(self.delete(line, rest)?)
                } else if let Some(rest) = exact("Decrease ") {
                    Some(self.change(line, BinOp::Sub, rest)?)
                } else {
                    None
                }
            }
            b'A' | b'a' => {
                if let Some(rest) = exact("Append ") {
                    Some(self.append(line, rest)?)
                } else if let Some(rest) = exact("Ask for").filter(|r| r.is_empty() || r.starts_with(' ')) {
                    Some(self.ask(line, rest)?)
                } else if let Some(rest) = any("add route ") {
                    return self.route(line, rest, nesting);
                } else if let Some(rest) = any("add middleware ") {
                    Some(self.middleware(line, rest)?)
                } else {
                    None
                }
            }
            b'C' | b'c' => {
                if let Some(rest) = exact("Call ") {
                    Some(self.use_call(line, rest)?)
                } else if let Some(rest) = any("create web server on port ") {
                    Some(StmtKind::CreateServer(self.expression(rest)?))
                } else {
                    None
                }
            }
            b'S' | b's' => {
                if let Some(rest) = exact("Set ") {
                    Some(self.set(line, rest)?)
                } else if any("start server")
                    .is_some_and(|rest| rest.is_empty() || !rest.starts_with(char::is_alphanumeric))
                {
                    Some(StmtKind::StartServer)
                } else if let Some(rest) = any("serve static files from ") {
                    Some(StmtKind::ServeStatic(self.expression(rest)?))
                } else {
                    None
                }
            }
            b'I' => {
                if let Some(rest) = exact("Increase ") {
                    Some(self.change(line, BinOp::Add, rest)?)
                } else if let Some(rest) = exact("If ") {
                    match self.choose(rest)? {
                        Some(choose) => Some(choose),
                        None => return self.if_block(line, rest, nesting),
                    }
                } else if let Some(rest) = exact("Import").filter(|r| r.is_empty() || r.starts_with([' ', '"'])) {
                    Some(self.import(line, rest)?)
                } else {
                    None
                }
            }
            b'R' => {
                if let Some(rest) = exact("Repeat ") {
                    return self.repeat_block(line, rest, nesting);
                } else if let Some(rest) = exact("Return") {
                    let value = if rest.is_empty() { None } else { Some(self.expression(rest)?) };
                    Some(StmtKind::Return(value))
                } else {
                    None
                }
            }
            b'M' => match exact("Make ") {
                Some(rest) => return self.make(line, rest, nesting),
                None => None,
            },
            b'U' => match exact("Use ") {
                Some(rest) => Some(self.use_call(line, rest)?),
                None => None,
            },
            b'T' | b't' => {
                if text.eq_ignore_ascii_case("try this:") {
                    return self.try_block(line, nesting);
                } else if let Some(rest) = any("throw ") {
                    Some(StmtKind::Throw(self.expression(rest)?))
                } else {
                    None
                }
            }
            _ => None,
        };
        found.map(Some).ok_or_else(|| line.problem(What::Unsupported))
    }
}

#[cfg(test)]
mod tests;
