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
    if u32::try_from(text.len()).is_err() {
        return Err(vec![Diagnostic::error(Code::TooLarge, file, Span::default(), "This file is too large")]);
    }
    let mut parser = Parser { lines: Lines::new(text), reader: Reader::new(text), problems: Vec::new(), opening: None };
    let body = parser.program(snippet);
    if let Err(problem) = &body {
        parser.problems.push(*problem);
    }
    match body {
        Ok(body) if parser.problems.is_empty() => Ok(Program { body }),
        _ => {
            let mut found: Vec<Diagnostic> = parser.problems.iter().map(|p| diagnostic(*p, text, file)).collect();
            if let Some(opening) = parser.opening
                && let Some(last) = found.pop()
            {
                found.push(last.with_label(opening.span(), "the block begins here"));
            }
            Err(found)
        }
    }
}

struct Parser<'a> {
    lines: Lines<'a>,
    reader: Reader<'a>,
    problems: Vec<Problem>,
    /// The line that began the block whose end is wrong.
    opening: Option<Line<'a>>,
}

impl<'a> Parser<'a> {
    fn program(&mut self, snippet: bool) -> Read<Vec<Stmt<'a>>> {
        let mut body = Vec::new();
        let header = self.lines.peek().is_some_and(|line| line.text.eq_ignore_ascii_case("start program"));
        if header {
            self.lines.next();
        } else if !snippet {
            return Err(self.lines.here(What::NoStart));
        }
        loop {
            match self.lines.next() {
                Some(line) if header && line.text.eq_ignore_ascii_case("end program") => break,
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
