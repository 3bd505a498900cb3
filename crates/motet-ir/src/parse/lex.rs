//! Tokens of the printed form.

use alloc::{format, string::String, vec::Vec};

use motet_source::Span;

use super::{ParseError, Parsed};

pub(super) struct Token<'a> {
    pub(super) kind: TokenKind<'a>,
    pub(super) line: u32,
}

pub(super) enum TokenKind<'a> {
    Open,
    Close,
    /// `:` before a type.
    Colon,
    /// `@start-end`.
    Span(Span),
    /// A string with its escapes resolved.
    Str(String),
    /// One of `[ ] = . ...`.
    Mark(&'a str),
    /// Everything else: names, numbers, operators.
    Word(&'a str),
}

/// All tokens of `text`.
pub(super) fn tokens(text: &str) -> Parsed<Vec<Token<'_>>> {
    let mut lexer = Lexer { rest: text, line: 1 };
    let mut tokens = Vec::new();
    while let Some(token) = lexer.token()? {
        tokens.push(token);
    }
    Ok(tokens)
}

struct Lexer<'a> {
    rest: &'a str,
    line: u32,
}

impl<'a> Lexer<'a> {
    fn fail<T>(&self, message: impl Into<String>) -> Parsed<T> {
        Err(ParseError { line: self.line, message: message.into() })
    }

    fn skip_blanks(&mut self) {
        loop {
            let trimmed = self.rest.trim_start();
            let skipped = &self.rest[..self.rest.len() - trimmed.len()];
            self.line += skipped.bytes().filter(|&b| b == b'\n').count() as u32;
            self.rest = trimmed;
            if !trimmed.starts_with(';') {
                return;
            }
            self.rest = trimmed.find('\n').map_or("", |end| &trimmed[end..]);
        }
    }

    /// Cuts `len` bytes off.
    fn take(&mut self, len: usize) -> &'a str {
        let (token, rest) = self.rest.split_at(len);
        self.rest = rest;
        token
    }

    fn token(&mut self) -> Parsed<Option<Token<'a>>> {
        self.skip_blanks();
        let line = self.line;
        let Some(first) = self.rest.chars().next() else { return Ok(None) };
        let kind = match first {
            '(' => {
                self.take(1);
                TokenKind::Open
            }
            ')' => {
                self.take(1);
                TokenKind::Close
            }
            ':' => {
                self.take(1);
                TokenKind::Colon
            }
            '[' | ']' | '=' => TokenKind::Mark(self.take(1)),
            '.' if self.rest.starts_with("...") => TokenKind::Mark(self.take(3)),
            '.' => TokenKind::Mark(self.take(1)),
            '"' => TokenKind::Str(self.string()?),
            '@' => {
                self.take(1);
                TokenKind::Span(self.span()?)
            }
            _ => TokenKind::Word(self.word()),
        };
        Ok(Some(Token { kind, line }))
    }

    fn word(&mut self) -> &'a str {
        let ends = |c: char| c.is_whitespace() || matches!(c, '(' | ')' | ':' | '@' | '[' | ']' | '=' | '"' | ';');
        self.take(self.rest.find(ends).unwrap_or(self.rest.len()))
    }

    fn span(&mut self) -> Parsed<Span> {
        let word = self.word();
        let parts = word.split_once('-').and_then(|(start, end)| Some((start.parse().ok()?, end.parse().ok()?)));
        match parts {
            Some((start, end)) if start <= end => Ok(Span { start, end }),
            _ => self.fail(format!("`@{word}` is no span")),
        }
    }

    fn string(&mut self) -> Parsed<String> {
        self.take(1);
        let mut text = String::new();
        loop {
            let Some(end) = self.rest.find(['"', '\\', '\n']) else { return self.fail("a string without its end") };
            text.push_str(self.take(end));
            match self.take(1) {
                "\"" => return Ok(text),
                "\\" => text.push(self.escape()?),
                _ => return self.fail("a string without its end"),
            }
        }
    }

    fn escape(&mut self) -> Parsed<char> {
        let Some(first) = self.rest.chars().next() else { return self.fail("a string without its end") };
        self.take(first.len_utf8());
        match first {
            'n' => Ok('\n'),
            '"' | '\\' => Ok(first),
            'u' => {
                let digits =
                    self.rest.strip_prefix('{').and_then(|rest| rest.split_once('}')).map(|(digits, _)| digits);
                let c = digits.and_then(|d| Some((d, char::from_u32(u32::from_str_radix(d, 16).ok()?)?)));
                match c {
                    Some((digits, c)) => {
                        self.take(digits.len() + 2);
                        Ok(c)
                    }
                    None => self.fail("a malformed escape"),
                }
            }
            _ => self.fail(format!("`\\{first}` is no escape")),
        }
    }
}
