//! Lines to statements.
//!
//! Invariants: every line is looked at once; blocks nest at most
//! [`MAX_NESTING`](crate::ast::MAX_NESTING) deep; after [`MAX_PROBLEMS`]
//! problems, or one that leaves the structure of the blocks unknown, the rest
//! is not looked at.

mod lines;

use alloc::vec::Vec;

use motet_source::{Diagnostic, FileId};

use crate::{
    ast::{Program, Stmt},
    diagnose::{Problem, What, diagnostic},
};
use lines::{Line, Lines};

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
    let mut parser = Parser { text, lines: Lines::new(text), problems: Vec::new() };
    let body = parser.program(snippet);
    if let Err(problem) = &body {
        parser.problems.push(*problem);
    }
    match body {
        Ok(body) if parser.problems.is_empty() => Ok(Program { body }),
        _ => Err(parser.problems.into_iter().map(|p| diagnostic(p, text, file)).collect()),
    }
}

struct Parser<'a> {
    text: &'a str,
    lines: Lines<'a>,
    problems: Vec<Problem>,
}

impl<'a> Parser<'a> {
    fn program(&mut self, snippet: bool) -> Result<Vec<Stmt<'a>>, Problem> {
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
                Some(line) => {
                    let stmt = self.statement(line, 0);
                    self.keep(stmt, &mut body)?;
                }
                None if header => return Err(self.lines.here(What::NoEnd)),
                None => return Ok(body),
            }
        }
        match self.lines.next_even_comment() {
            Some(line) => Err(line.problem(What::AfterEnd)),
            None => Ok(body),
        }
    }

    /// Adds a statement to a block, or notes what is wrong with it.
    fn keep(&mut self, stmt: Result<Stmt<'a>, Problem>, block: &mut Vec<Stmt<'a>>) -> Result<(), Problem> {
        match stmt {
            Ok(stmt) => block.push(stmt),
            Err(problem) if problem.what.is_fatal() || self.problems.len() + 1 >= MAX_PROBLEMS => return Err(problem),
            Err(problem) => self.problems.push(problem),
        }
        Ok(())
    }

    fn statement(&mut self, line: Line<'a>, _nesting: usize) -> Result<Stmt<'a>, Problem> {
        Err(line.problem(What::Unsupported))
    }
}
