//! Statements that hold others, up to their `End`.

use alloc::{boxed::Box, vec::Vec};

use motet_source::Span;

use super::{
    Parser,
    expr::Read,
    lines::Line,
    scan::Kind,
    stmt::{after, before, find_outside, split_outside},
    term::is_word,
};
use crate::{
    ast::{Body, Expr, Function, Handler, MAX_NESTING, Param, Stmt, StmtKind},
    diagnose::{Problem, What},
};

/// The words of which one ends a list of statements.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stop {
    /// `End`.
    End,
    /// That, or `Otherwise`.
    Otherwise,
    /// That, or what follows the statements of a `try`.
    Handler,
}

impl Stop {
    /// Whether a line begins with one of the words.
    fn ends(self, line: &str) -> bool {
        let is = |words| after(line, words).is_some();
        match line.as_bytes().first() {
            Some(b'e' | b'E') => is("end"),
            Some(b'o' | b'O') => self == Stop::Otherwise && is("otherwise"),
            Some(b'f' | b'F') => self == Stop::Handler && is("finally"),
            Some(b'i' | b'I') => self == Stop::Handler && is_handler(line),
            _ => false,
        }
    }
}

/// Whether a line begins a handler.
fn is_handler(line: &str) -> bool {
    after(line, "if error").is_some_and(|rest| !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_'))
}

impl<'a> Parser<'a> {
    /// Notes a problem that leaves the structure of the blocks clear.
    fn noted<T>(&mut self, result: Read<T>) -> Read<Option<T>> {
        match result {
            Ok(found) => Ok(Some(found)),
            Err(problem) => self.note(problem).map(|()| None),
        }
    }

    /// Statements up to a line that begins with one of the words, which is given too unless the text ends first.
    fn block(&mut self, nesting: usize, stop: Stop) -> Read<(Vec<Stmt<'a>>, Option<Line<'a>>)> {
        let mut body = Vec::new();
        while let Some(line) = self.lines.next() {
            if stop.ends(line.text) {
                self.place(line, nesting - 1, true);
                return Ok((body, Some(line)));
            }
            if nesting > MAX_NESTING {
                return Err(line.problem(What::TooDeep));
            }
            self.statement_into(line, nesting, &mut body)?;
        }
        Ok((body, None))
    }

    /// Statements up to `End` or another of these closing lines.
    fn closed(
        &mut self,
        opening: Line<'a>,
        nesting: usize,
        closing: &[&str],
        message: &'static str,
    ) -> Read<Vec<Stmt<'a>>> {
        let (body, end) = self.block(nesting + 1, Stop::End)?;
        self.check_end(opening, end, closing, What::Unclosed(message)).map(|()| body)
    }

    /// Checks the line that ends a block.
    fn check_end(&mut self, opening: Line<'a>, end: Option<Line<'a>>, closing: &[&str], what: What) -> Read<()> {
        let problem = match end {
            Some(line) if closing.contains(&line.text) => return Ok(()),
            Some(line) => line.problem(what),
            None => self.lines.here(what),
        };
        self.opening = Some(opening);
        Err(problem)
    }

    /// `If c` and its block.
    pub fn if_block(&mut self, line: Line<'a>, rest: &'a str, nesting: usize) -> Read<Option<StmtKind<'a>>> {
        let cond = rest.trim_end();
        let cond = self.expression(cond.strip_suffix(':').unwrap_or(cond));
        let cond = self.noted(cond)?;
        let (then, end) = self.block(nesting + 1, Stop::Otherwise)?;
        let message = What::Found("Expected 'End If' or 'End'");
        let mut otherwise = Vec::new();
        match end {
            Some(end) if end.text == "Otherwise" => {
                let (body, end) = self.block(nesting + 1, Stop::End)?;
                self.check_end(line, end, &["End If", "End"], message)?;
                otherwise = body;
            }
            end => self.check_end(line, end, &["End If", "End"], message)?,
        }
        Ok(cond.map(|cond| StmtKind::If { cond, then, otherwise }))
    }

    /// `While c` and its block.
    pub fn while_block(&mut self, line: Line<'a>, rest: &'a str, nesting: usize) -> Read<Option<StmtKind<'a>>> {
        let cond = self.expression(rest);
        let cond = self.noted(cond)?;
        let body = self.closed(line, nesting, &["End", "End While"], "Expected 'End' after While")?;
        Ok(cond.map(|cond| StmtKind::While(cond, body)))
    }

    /// `Repeat n times` and its block.
    pub fn repeat_block(&mut self, line: Line<'a>, rest: &'a str, nesting: usize) -> Read<Option<StmtKind<'a>>> {
        let count = rest.trim_end();
        let count = self.expression(count.strip_suffix(" times").unwrap_or(count));
        let count = self.noted(count)?;
        let body = self.closed(line, nesting, &["End", "End Repeat"], "Expected 'End' after Repeat")?;
        Ok(count.map(|count| StmtKind::Repeat(count, body)))
    }

    /// `Make f with a, b Write e`, or with a block.
    pub fn make(&mut self, line: Line<'a>, rest: &'a str, nesting: usize) -> Read<Option<StmtKind<'a>>> {
        let (head, value) = match find_outside(rest, " Write ") {
            Some(at) => (&rest[..at], Some(&rest[at + " Write ".len()..])),
            None => (rest, None),
        };
        let signature = self.signature(line, head);
        let Some(value) = value else {
            let signature = self.noted(signature)?;
            let closing = ["End", "End Function", "End Make"];
            let body = self.closed(line, nesting, &closing, "Expected 'End' after function block")?;
            let end = self.lines.last_end();
            return Ok(signature.map(|(name, params)| {
                let span = Span::new(line.start, end);
                StmtKind::Define(Box::new(Function { name, params, body: Body::Block(body), span }))
            }));
        };
        let (name, params) = signature?;
        let body = Body::Expr(self.expression(value)?);
        Ok(Some(StmtKind::Define(Box::new(Function { name, params, body, span: line.span() }))))
    }

    /// `Define function f with parameters a, b as e`.
    pub fn define(&mut self, line: Line<'a>, rest: &'a str) -> Read<StmtKind<'a>> {
        let Some(at) = self.find_as(rest) else { return Err(line.problem(What::Fixed("Expected 'as <expr>'"))) };
        let (head, value) = (&rest[..at], &rest[at + " as ".len()..]);
        let (name, params) = self.signature(line, head)?;
        let body = Body::Expr(self.expression(value)?);
        Ok(StmtKind::Define(Box::new(Function { name, params, body, span: line.span() })))
    }

    /// Where ` as ` stands outside quotes and brackets for the first time.
    fn find_as(&mut self, text: &str) -> Option<usize> {
        let bytes = text.as_bytes();
        let (mut quoted, mut depth) = (false, 0_i64);
        for (at, &byte) in bytes.iter().enumerate() {
            match byte {
                b'"' => quoted = !quoted,
                b'(' | b'[' | b'{' if !quoted => depth += 1,
                b')' | b']' | b'}' if !quoted => depth -= 1,
                b' ' if !quoted && depth == 0 && bytes[at..].starts_with(b" as ") => return Some(at),
                _ => {}
            }
        }
        None
    }

    /// The name and the parameters of a function.
    fn signature(&mut self, line: Line<'a>, head: &'a str) -> Read<(crate::ast::Ident<'a>, Vec<Param<'a>>)> {
        let head = head.trim();
        let (name, rest) = head.split_once([' ', '\t']).unwrap_or((head, ""));
        let name = match self.name(name, What::Fixed("Expected function name")) {
            Err(problem) if problem.start == problem.end => return Err(line.problem(problem.what)),
            name => name?,
        };
        let rest = rest.trim_start();
        let Some(rest) = rest.strip_prefix("with").filter(|rest| rest.is_empty() || rest.starts_with([' ', '\t']))
        else {
            return if rest.is_empty() {
                Ok((name, Vec::new()))
            } else {
                Err(line.problem(What::Fixed("Expected 'with'")))
            };
        };
        let rest = rest.trim_start();
        let word = |word: &str| rest.strip_prefix(word).filter(|rest| rest.is_empty() || rest.starts_with([' ', '\t']));
        // These words are parameters themselves where no other follows.
        let plain = line.text.starts_with("Make");
        let rest = if plain { rest } else { word("parameters").or_else(|| word("parameter")).unwrap_or(rest) };
        self.params(rest.trim()).map(|params| (name, params))
    }

    fn params(&mut self, text: &'a str) -> Read<Vec<Param<'a>>> {
        let piece = self.reader.piece(text);
        let parts = self.reader.split(piece, |kind| kind == Kind::Comma);
        let mut params = Vec::with_capacity(parts.len());
        for (part, _) in parts {
            let part = self.reader.str(part).trim();
            if part.is_empty() {
                continue;
            }
            let (name, rest) = part.split_once([' ', '\t']).unwrap_or((part, ""));
            let rest = rest.trim_start();
            let default = ["set to ", "defaulting to "].iter().find_map(|word| rest.strip_prefix(word));
            let name = if default.is_some() || rest.is_empty() { name } else { part };
            if !is_word(name) {
                return Err(self.problem(What::Named("Invalid parameter"), part));
            }
            params.push((self.ident(name), default));
        }
        let read = |(name, default): (_, Option<&'a str>)| {
            let default = default.map(|text| self.default(text)).transpose()?;
            Ok(Param { name, default })
        };
        params.into_iter().map(read).collect()
    }

    fn default(&mut self, text: &'a str) -> Read<Expr<'a>> {
        self.expression(text).map_err(|problem| match problem.what {
            What::NoExpression | What::Empty => self.problem(What::Named("Invalid parameter default"), text.trim()),
            _ => problem,
        })
    }

    /// `try this:` and its handlers.
    pub fn try_block(&mut self, line: Line<'a>, nesting: usize) -> Read<Option<StmtKind<'a>>> {
        let (body, mut end) = self.block(nesting + 1, Stop::Handler)?;
        let mut handlers = Vec::new();
        let mut finally = None;
        let mut wrong = false;
        while let Some(head) = end.filter(|head| is_handler(head.text)) {
            let words = self.handler_words(head);
            let words = self.noted(words)?;
            let (body, next) = self.block(nesting + 1, Stop::Handler)?;
            wrong |= words.is_none();
            if let Some((kind, name)) = words {
                handlers.push(Handler { kind, name, body, span: head.span() });
            }
            end = next;
        }
        if end.is_some_and(|head| head.text.eq_ignore_ascii_case("finally:")) {
            let (body, next) = self.block(nesting + 1, Stop::End)?;
            finally = Some(body);
            end = next;
        }
        let closing = end.filter(|head| head.text == "End" || head.text.eq_ignore_ascii_case("end try"));
        if closing.is_none() {
            self.check_end(line, end, &[], What::Found("Expected 'if error', 'finally', or 'end try'"))?;
        }
        Ok((!wrong).then_some(StmtKind::Try { body, handlers, finally }))
    }

    /// `Add route p with method m to server:` and the indented lines.
    pub fn route(&mut self, line: Line<'a>, rest: &'a str, nesting: usize) -> Read<Option<StmtKind<'a>>> {
        let words = self.route_words(line, rest);
        let words = self.noted(words)?;
        if nesting >= MAX_NESTING {
            return Err(line.problem(What::TooDeep));
        }
        let indent = self.lines.require_indent(line.indent + 1);
        let mut handler = Vec::new();
        while let Some(line) = self.lines.next() {
            self.statement_into(line, nesting + 1, &mut handler)?;
        }
        self.lines.require_indent(indent);
        Ok(words.map(|(path, method)| StmtKind::AddRoute { path, method, handler }))
    }

    fn route_words(&mut self, line: Line<'a>, rest: &'a str) -> Read<(Expr<'a>, Expr<'a>)> {
        let wrong: Problem = line.problem(What::Fixed("Expected 'Add route <path> with method <method> to server:'"));
        let rest = rest.trim_end();
        let rest = rest.strip_suffix(':').unwrap_or(rest).trim_end();
        let rest = before(rest, " to server").ok_or(wrong)?;
        let (path, method) = split_outside(rest, " with method ").ok_or(wrong)?;
        Ok((self.expression(path)?, self.expression(method)?))
    }
}
