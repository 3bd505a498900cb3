//! Statements of one line.

use alloc::vec::Vec;

use motet_source::Span;

use super::{
    Parser,
    expr::Read,
    lines::Line,
    scan::{Kind, begins},
    term::{is_word, unquoted},
};
use crate::{
    Phrase,
    ast::{BinOp, Call, Expr, ExprKind, Ident, StmtKind},
    diagnose::{Problem, What},
};

/// Where a text stands in a line outside double quotes.
pub(super) fn find_outside(line: &str, text: &str) -> Option<usize> {
    let first = line.find(text)?;
    let mut quoted = line.as_bytes()[..first].iter().filter(|&&b| b == b'"').count() % 2 == 1;
    let mut at = first;
    loop {
        if !quoted {
            return Some(at);
        }
        let next = at + 1 + line[at + 1..].find(text)?;
        quoted ^= line.as_bytes()[at..next].iter().filter(|&&b| b == b'"').count() % 2 == 1;
        at = next;
    }
}

/// The two sides of a text outside double quotes.
pub(super) fn split_outside<'t>(line: &'t str, text: &str) -> Option<(&'t str, &'t str)> {
    let at = find_outside(line, text)?;
    Some((&line[..at], &line[at + text.len()..]))
}

/// The text after words in whatever case.
pub(super) fn after<'t>(line: &'t str, words: &str) -> Option<&'t str> {
    begins(line.as_bytes(), words).then(|| &line[words.len()..])
}

/// The text before words in whatever case.
pub(super) fn before<'t>(line: &'t str, words: &str) -> Option<&'t str> {
    let at = line.len().checked_sub(words.len())?;
    let (start, end) = line.split_at_checked(at)?;
    end.eq_ignore_ascii_case(words).then_some(start)
}

impl<'a> Parser<'a> {
    /// A problem of a part of the text.
    pub fn problem(&self, what: What, part: &str) -> Problem {
        let start = self.reader.offset(part);
        Problem::new(what, start, start + part.len())
    }

    pub fn ident(&self, text: &'a str) -> Ident<'a> {
        let start = self.reader.offset(text);
        Ident { text, span: Span::new(start, start + text.len()) }
    }

    /// A name, or a problem.
    pub fn name(&self, text: &'a str, otherwise: What) -> Read<Ident<'a>> {
        let text = text.trim();
        if is_word(text) { Ok(self.ident(text)) } else { Err(self.problem(otherwise, text)) }
    }

    pub fn expression(&mut self, text: &'a str) -> Read<Expr<'a>> {
        self.reader.expression(text)
    }

    /// The statement phrase that does something with files, with these operands.
    fn file_phrase(&mut self, line: Line<'a>, phrase: Phrase, operands: &[&'a str]) -> Read<StmtKind<'a>> {
        let operands = operands.iter().map(|operand| self.expression(operand)).collect::<Read<Vec<_>>>()?;
        Ok(StmtKind::Write(Expr { kind: ExprKind::Phrase(phrase, operands), span: line.span() }))
    }

    /// `Write …`.
    pub fn write(&mut self, line: Line<'a>, rest: &'a str) -> Read<StmtKind<'a>> {
        match split_outside(rest, " to file at ") {
            Some((content, path)) => self.file_phrase(line, Phrase::WriteFile, &[content, path]),
            None => Ok(StmtKind::Write(self.expression(rest)?)),
        }
    }

    /// `Append … to file at …`.
    pub fn append(&mut self, line: Line<'a>, rest: &'a str) -> Read<StmtKind<'a>> {
        match split_outside(rest, " to file at ") {
            Some((content, path)) => self.file_phrase(line, Phrase::AppendFile, &[content, path]),
            None => Err(line.problem(What::Fixed("Expected 'Append <content> to file at <path>'"))),
        }
    }

    /// `Delete file at …`.
    pub fn delete(&mut self, line: Line<'a>, rest: &'a str) -> Read<StmtKind<'a>> {
        self.file_phrase(line, Phrase::DeleteFile, &[rest])
    }

    /// `Ask for x`, `Ask for x with "prompt"`, `Ask for x expect Number`.
    pub fn ask(&mut self, line: Line<'a>, rest: &'a str) -> Read<StmtKind<'a>> {
        let rest = rest.trim();
        let (rest, number) = match before(rest, " expect number") {
            Some(rest) => (rest, true),
            None => (rest, false),
        };
        let (name, prompt) = match rest.split_once(" with ") {
            Some((name, prompt)) => (name, Some(prompt)),
            None => (rest, None),
        };
        let missing = What::Fixed("Expected variable name after 'Ask for'");
        let name = self.name(name, missing).map_err(|_| line.problem(missing))?;
        let prompt = prompt.map(|prompt| self.expression(prompt)).transpose()?;
        Ok(StmtKind::Ask { name, prompt, number })
    }

    /// `Use f with …`, `Call f with …`.
    pub fn use_call(&mut self, line: Line<'a>, rest: &'a str) -> Read<StmtKind<'a>> {
        let rest = rest.trim();
        let (name, args) = match rest.split_once(" with ") {
            Some((name, args)) => (name, args),
            None => (rest.strip_suffix(" with").unwrap_or(rest), ""),
        };
        let name = self.name(name, What::Fixed("Expected function name"));
        let name =
            name.map_err(|problem| if problem.start == problem.end { line.problem(problem.what) } else { problem })?;
        let args = if args.is_empty() { Vec::new() } else { self.reader.arguments(args)? };
        Ok(StmtKind::Use(Call { module: None, name, args }))
    }

    /// The variable of `Set x …`, `Increase x …` and what follows it; `None` if there is no variable.
    fn variable(&mut self, rest: &'a str) -> Option<(Ident<'a>, &'a str)> {
        let rest = rest.trim_start();
        let (name, value) = rest.split_once([' ', '\t']).unwrap_or((rest, &rest[rest.len()..]));
        is_word(name).then(|| (self.ident(name), value.trim_start()))
    }

    /// `Set x to e`, `Set x e`.
    pub fn set(&mut self, line: Line<'a>, rest: &'a str) -> Read<StmtKind<'a>> {
        let Some((name, value)) = self.variable(rest) else { return Err(line.problem(What::Unsupported)) };
        let value = value.strip_prefix("to ").unwrap_or(if value == "to" { "" } else { value });
        self.value(line, value).map(|value| StmtKind::Set(name, value))
    }

    /// A value that must not be missing; a line without it is wrong as a whole.
    fn value(&mut self, line: Line<'a>, value: &'a str) -> Read<Expr<'a>> {
        if value.is_empty() { Err(line.problem(What::Empty)) } else { self.expression(value) }
    }

    /// `Increase x by e`, `Decrease x e`, `Increase x`.
    pub fn change(&mut self, line: Line<'a>, op: BinOp, rest: &'a str) -> Read<StmtKind<'a>> {
        let Some((name, value)) = self.variable(rest) else { return Err(line.problem(What::Unsupported)) };
        let value = match value {
            "" => Expr { kind: ExprKind::Number(1.0), span: name.span },
            "by" => return Err(line.problem(What::Empty)),
            value => self.expression(value.strip_prefix("by ").unwrap_or(value))?,
        };
        Ok(StmtKind::Change(name, op, value))
    }

    /// `If c Write a Otherwise Write b`; `None` if the line is no such statement.
    pub fn choose(&mut self, rest: &'a str) -> Read<Option<StmtKind<'a>>> {
        let Some((cond, rest)) = split_outside(rest, " Write ") else { return Ok(None) };
        let cond = cond.trim_end();
        let cond = self.expression(cond.strip_suffix(':').unwrap_or(cond))?;
        let (then, otherwise) = match split_outside(rest, " Otherwise ") {
            Some((then, otherwise)) => (then, Some(otherwise.trim_start())),
            None => (rest, None),
        };
        let then = self.expression(then)?;
        let otherwise = match otherwise {
            Some(otherwise) => Some(self.expression(otherwise.strip_prefix("Write ").unwrap_or(otherwise))?),
            None => None,
        };
        Ok(Some(StmtKind::Choose { cond, then, otherwise }))
    }

    /// `Import "path"`, `Import system "name" as alias exposing a, b and c`.
    pub fn import(&mut self, line: Line<'a>, rest: &'a str) -> Read<StmtKind<'a>> {
        let rest = rest.trim();
        if let Some(rest) = rest.strip_prefix("system").filter(|rest| rest.starts_with([' ', '\t', '"'])) {
            return self.import_system(line, rest.trim_start());
        }
        match quoted(rest) {
            Some((path, "")) => {
                let start = self.reader.offset(rest);
                Ok(StmtKind::Import { path, span: Span::new(start, start + rest.len()) })
            }
            _ => Err(line.problem(What::Fixed("Expected quoted path"))),
        }
    }

    fn import_system(&mut self, line: Line<'a>, rest: &'a str) -> Read<StmtKind<'a>> {
        let wrong = |message| line.problem(What::Fixed(message));
        let (name, rest) = quoted(rest).ok_or_else(|| wrong("Expected quoted module name"))?;
        let (mut alias, mut exposing) = (None, Vec::new());
        let mut rest = rest.trim();
        if rest == "as" {
            return Err(wrong("Expected alias name after 'as'"));
        }
        if let Some(named) = rest.strip_prefix("as ") {
            let named = named.trim_start();
            let (name, more) = named.split_once([' ', '\t']).unwrap_or((named, ""));
            if !is_word(name) || name == "exposing" {
                return Err(wrong("Expected alias name after 'as'"));
            }
            alias = Some(self.ident(name));
            rest = more.trim_start();
            if !(rest.is_empty() || rest == "exposing" || rest.starts_with("exposing ")) {
                return Err(wrong("Unexpected content after alias in system import"));
            }
        }
        if let Some(names) = rest.strip_prefix("exposing") {
            if names.trim().is_empty() {
                return Err(wrong("Expected at least one symbol after 'exposing'"));
            }
            for part in names.split(',').flat_map(|part| part.split(" and ")) {
                // A comma before the last `and` leaves nothing between them.
                let part = part.trim();
                let part = part.strip_prefix("and ").unwrap_or(part).trim();
                if !is_word(part) {
                    return Err(wrong("Invalid symbol name in exposing list"));
                }
                exposing.push(self.ident(part));
            }
        } else if !rest.is_empty() {
            return Err(wrong("Unexpected trailing content in system import"));
        }
        Ok(StmtKind::ImportSystem { name: self.ident(name), alias, exposing })
    }

    /// `Add middleware "type" with key value and key value to server`.
    pub fn middleware(&mut self, line: Line<'a>, rest: &'a str) -> Read<StmtKind<'a>> {
        let wrong = line.problem(What::Fixed("Expected 'Add middleware \"<type>\" to server'"));
        let (kind, rest) = quoted(rest.trim()).ok_or(wrong)?;
        let settings = before(rest.trim(), "to server").ok_or(wrong)?.trim();
        let mut config = Vec::new();
        if !settings.is_empty() {
            let settings = after(settings, "with ").ok_or(wrong)?;
            let piece = self.reader.piece(settings);
            for (part, _) in self.reader.split(piece, |kind| matches!(kind, Kind::And | Kind::Comma)) {
                let part = self.reader.trim(part);
                let (key, value) = self.reader.str(part).split_once([' ', '\t']).ok_or(wrong)?;
                if !is_word(key) {
                    return Err(wrong);
                }
                let start = part.end - value.len() as u32;
                let value = self.reader.drop_marks_before(super::expr::Piece { start, ..part });
                config.push((self.ident(key), self.reader.full(value, 0)?));
            }
        }
        Ok(StmtKind::AddMiddleware { kind: self.ident(kind), config })
    }

    /// The kind and the variable of `if error of type T as e`.
    pub fn handler_words(&mut self, line: Line<'a>) -> Read<(Option<&'a str>, Option<Ident<'a>>)> {
        let mut rest = line.text["if error".len()..].trim();
        let mut kind = None;
        let wrong = line.problem(What::Found("Expected 'if error', 'finally', or 'end try'"));
        if let Some(named) = after(rest, "of type ") {
            let at = find_as(named);
            let text = &named[..at.unwrap_or(named.len())];
            kind = Some(unquoted(text));
            rest = at.map_or("", |at| named[at..].trim_start());
        }
        let name = match after(rest, "as ") {
            Some(name) if is_word(name.trim()) => Some(self.ident(name.trim())),
            None if rest.is_empty() => None,
            _ => return Err(wrong),
        };
        Ok((kind, name))
    }
}

/// Where ` as ` stands for the last time, in whatever case.
fn find_as(text: &str) -> Option<usize> {
    text.as_bytes().windows(4).rposition(|part| part.eq_ignore_ascii_case(b" as "))
}

/// The text between double quotes that a text begins with, and what follows.
fn quoted(text: &str) -> Option<(&str, &str)> {
    let (inside, rest) = text.strip_prefix('"')?.split_once('"')?;
    Some((inside, rest.trim()))
}
