//! From text to tokens, for both surfaces.
//!
//! Invariants: every byte of the text is white space, part of a comment, or in exactly one token; the last token is
//! [`Kind::Eof`] at the end of the text; the first error ends the list.

use alloc::{borrow::Cow, format, string::String, vec::Vec};

use motet_source::{Code, Diagnostic, FileId, Span};

use crate::ast::Literal;

/// Which surface a text is written in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Surface {
    /// `.rz`.
    #[default]
    Recorz,
    /// `.som`.
    Som,
}

/// A token.
#[derive(Clone, Debug, PartialEq)]
pub struct Token<'a> {
    /// What it is.
    pub kind: Kind<'a>,
    /// Where it stands.
    pub span: Span,
}

/// Sorts of tokens.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs)]
pub enum Kind<'a> {
    Ident(&'a str),
    /// With its colon.
    Keyword(&'a str),
    Binary(&'a str),
    /// Without a sign.
    Number(Literal<'a>),
    Str(Cow<'a, str>),
    Symbol(Cow<'a, str>),
    Char(char),
    /// `#(`, `#[`.
    ArrayStart,
    BytesStart,
    LeftParen,
    RightParen,
    LeftBracket,
    RightBracket,
    LeftBrace,
    RightBrace,
    Period,
    Semicolon,
    Pipe,
    Colon,
    Assign,
    Return,
    /// Four or more dashes between the sides of a SOM class.
    Separator,
    Eof,
}

impl Kind<'_> {
    /// Its word in messages.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Kind::Ident(_) => "IDENT",
            Kind::Keyword(_) => "KEYWORD",
            Kind::Binary(_) => "BINARY",
            Kind::Number(_) => "INTEGER",
            Kind::Str(_) => "STRING",
            Kind::Symbol(_) => "SYMBOL",
            Kind::Char(_) => "CHARACTER",
            Kind::ArrayStart => "ARRAY",
            Kind::BytesStart => "BYTES",
            Kind::LeftParen => "LPAREN",
            Kind::RightParen => "RPAREN",
            Kind::LeftBracket => "LBRACKET",
            Kind::RightBracket => "RBRACKET",
            Kind::LeftBrace => "LBRACE",
            Kind::RightBrace => "RBRACE",
            Kind::Period => "PERIOD",
            Kind::Semicolon => "SEMICOLON",
            Kind::Pipe => "PIPE",
            Kind::Colon => "COLON",
            Kind::Assign => "ASSIGN",
            Kind::Return => "RETURN",
            Kind::Separator => "SEPARATOR",
            Kind::Eof => "EOF",
        }
    }
}

/// The tokens of `text[from..to]`; their places count from the start of `text`.
///
/// # Errors
/// The first character that begins no token, or a string or comment without its end.
pub fn lex(text: &str, from: usize, to: usize, file: FileId, surface: Surface) -> Result<Vec<Token<'_>>, Diagnostic> {
    let mut lexer = Lexer { text: &text[..to], at: from, file, surface };
    let mut tokens = Vec::with_capacity((to - from) / 4);
    loop {
        lexer.blanks()?;
        let start = lexer.at;
        let kind = lexer.token()?;
        let end = kind == Kind::Eof;
        tokens.push(Token { kind, span: Span::new(start, lexer.at) });
        if end {
            return Ok(tokens);
        }
    }
}

/// Whether a character belongs to operators of `.rz`.
#[must_use]
pub fn is_operator(c: u8) -> bool {
    b"+-*/\\~<>=@%&?,".contains(&c)
}

fn is_som_operator(c: u8) -> bool {
    b"~&|*/\\+=><,@%-".contains(&c)
}

struct Lexer<'a> {
    text: &'a str,
    at: usize,
    file: FileId,
    surface: Surface,
}

impl<'a> Lexer<'a> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn peek_at(&self, ahead: usize) -> Option<u8> {
        self.text.as_bytes().get(self.at + ahead).copied()
    }

    fn fail<T>(&self, code: Code, start: usize, message: impl Into<String>, help: &str) -> Result<T, Diagnostic> {
        let end = self.at.max(start + 1).min(self.text.len().max(start));
        let diagnostic = Diagnostic::error(code, self.file, Span::new(start, end), message);
        Err(if help.is_empty() { diagnostic } else { diagnostic.with_help(help) })
    }

    /// Skips white space and comments.
    fn blanks(&mut self) -> Result<(), Diagnostic> {
        while let Some(c) = self.peek() {
            match c {
                b' ' | b'\t' | b'\n' | b'\r' | 0x0c => self.at += 1,
                b'"' => {
                    let start = self.at;
                    match self.text[start + 1..].find('"') {
                        Some(length) => self.at = start + length + 2,
                        None => {
                            let help = "a comment ends with the next double quote";
                            return self.fail(Code::UnterminatedComment, start, "Unterminated comment", help);
                        }
                    }
                }
                _ => break,
            }
        }
        Ok(())
    }

    fn token(&mut self) -> Result<Kind<'a>, Diagnostic> {
        let Some(c) = self.peek() else { return Ok(Kind::Eof) };
        let one = |lexer: &mut Self, kind| {
            lexer.at += 1;
            Ok(kind)
        };
        match c {
            b'(' => one(self, Kind::LeftParen),
            b')' => one(self, Kind::RightParen),
            b'[' => one(self, Kind::LeftBracket),
            b']' => one(self, Kind::RightBracket),
            b'{' if self.surface == Surface::Recorz => one(self, Kind::LeftBrace),
            b'}' if self.surface == Surface::Recorz => one(self, Kind::RightBrace),
            b'.' => one(self, Kind::Period),
            b';' => one(self, Kind::Semicolon),
            b'^' => one(self, Kind::Return),
            b'|' if self.surface == Surface::Recorz => one(self, Kind::Pipe),
            b':' if self.peek_at(1) == Some(b'=') => {
                self.at += 2;
                Ok(Kind::Assign)
            }
            b':' => one(self, Kind::Colon),
            b'\'' => Ok(Kind::Str(self.string()?)),
            b'#' => self.hash(),
            b'$' if self.surface == Surface::Recorz => {
                let Some(c) = self.text[self.at + 1..].chars().next() else {
                    return self.fail(
                        Code::InvalidCharacter,
                        self.at,
                        "Unexpected character '$'",
                        "a character is `$a`",
                    );
                };
                self.at += 1 + c.len_utf8();
                Ok(Kind::Char(c))
            }
            b'0'..=b'9' => self.number(),
            _ if self.is_name_start() => Ok(self.name()),
            _ if self.is_operator(c) => Ok(self.operator()),
            _ => {
                let c = self.text[self.at..].chars().next().unwrap_or(' ');
                self.fail(Code::InvalidCharacter, self.at, format!("Unexpected character '{c}'"), "")
            }
        }
    }

    fn is_operator(&self, c: u8) -> bool {
        if self.surface == Surface::Som { is_som_operator(c) } else { is_operator(c) }
    }

    fn is_name_start(&self) -> bool {
        match self.text[self.at..].chars().next() {
            Some(c) if c.is_ascii() => c.is_ascii_alphabetic() || c == '_' && self.surface == Surface::Recorz,
            Some(c) => self.surface == Surface::Som && c.is_alphabetic(),
            None => false,
        }
    }

    fn identifier(&mut self) -> &'a str {
        let rest = &self.text[self.at..];
        let som = self.surface == Surface::Som;
        let part = |c: char| c.is_ascii_alphanumeric() || c == '_' || som && c.is_alphanumeric();
        let end = rest.find(|c| !part(c)).unwrap_or(rest.len());
        self.at += end;
        &rest[..end]
    }

    fn name(&mut self) -> Kind<'a> {
        let start = self.at;
        let name = self.identifier();
        if self.peek() == Some(b':') && self.peek_at(1) != Some(b'=') {
            self.at += 1;
            return Kind::Keyword(&self.text[start..self.at]);
        }
        Kind::Ident(name)
    }

    fn operator(&mut self) -> Kind<'a> {
        let start = self.at;
        while self.peek().is_some_and(|c| self.is_operator(c)) {
            self.at += 1;
        }
        let run = &self.text[start..self.at];
        // A minus at the end of a longer run belongs to the number behind it.
        if run.len() > 1 && run.ends_with('-') && self.peek().is_some_and(|c| c.is_ascii_digit()) {
            self.at -= 1;
        }
        match &self.text[start..self.at] {
            "|" => Kind::Pipe,
            run if self.surface == Surface::Som && run.len() >= 4 && run.bytes().all(|c| c == b'-') => Kind::Separator,
            run => Kind::Binary(run),
        }
    }

    fn string(&mut self) -> Result<Cow<'a, str>, Diagnostic> {
        let start = self.at;
        self.at += 1;
        if self.surface == Surface::Som {
            return self.escaped(start);
        }
        let mut doubled = false;
        loop {
            let Some(length) = self.text[self.at..].find('\'') else {
                let help = "a string ends with the next single quote; a quote inside is written twice";
                return self.fail(Code::UnterminatedString, start, "Unterminated string literal", help);
            };
            self.at += length + 1;
            if self.peek() != Some(b'\'') {
                break;
            }
            doubled = true;
            self.at += 1;
        }
        let inside = &self.text[start + 1..self.at - 1];
        Ok(if doubled { Cow::Owned(inside.replace("''", "'")) } else { Cow::Borrowed(inside) })
    }

    /// A string of SOM, with backslash escapes.
    fn escaped(&mut self, start: usize) -> Result<Cow<'a, str>, Diagnostic> {
        let mut out: Option<String> = None;
        let mut from = self.at;
        loop {
            let Some(length) = self.text[self.at..].find(['\'', '\\']) else {
                let help = "a string ends with the next single quote; a quote inside is `\\'`";
                return self.fail(Code::UnterminatedString, start, "Unterminated string literal", help);
            };
            self.at += length;
            if self.peek() == Some(b'\'') {
                self.at += 1;
                let rest = &self.text[from..self.at - 1];
                return Ok(match out {
                    Some(mut out) => {
                        out.push_str(rest);
                        Cow::Owned(out)
                    }
                    None => Cow::Borrowed(rest),
                });
            }
            let c = match self.peek_at(1) {
                Some(b't') => '\t',
                Some(b'b') => '\u{8}',
                Some(b'n') => '\n',
                Some(b'r') => '\r',
                Some(b'f') => '\u{c}',
                Some(b'0') => '\0',
                Some(b'\'') => '\'',
                Some(b'\\') => '\\',
                _ => {
                    let start = self.at;
                    self.at += 2;
                    let help = "there are \\t \\b \\n \\r \\f \\0 \\' and \\\\";
                    return self.fail(Code::InvalidEscape, start, "unknown escape sequence", help);
                }
            };
            let text = out.get_or_insert_default();
            text.push_str(&self.text[from..self.at]);
            text.push(c);
            self.at += 2;
            from = self.at;
        }
    }

    /// What begins with `#`.
    fn hash(&mut self) -> Result<Kind<'a>, Diagnostic> {
        let start = self.at;
        self.at += 1;
        match self.peek() {
            Some(b'(') => {
                self.at += 1;
                Ok(Kind::ArrayStart)
            }
            Some(b'[') if self.surface == Surface::Recorz => {
                self.at += 1;
                Ok(Kind::BytesStart)
            }
            Some(b'\'') => Ok(Kind::Symbol(self.string()?)),
            Some(b'|') if self.surface == Surface::Recorz => {
                self.at += 1;
                Ok(Kind::Symbol(Cow::Borrowed("|")))
            }
            Some(c) if self.is_operator(c) => {
                while self.peek().is_some_and(|c| self.is_operator(c)) {
                    self.at += 1;
                }
                Ok(Kind::Symbol(Cow::Borrowed(&self.text[start + 1..self.at])))
            }
            Some(_) if self.is_name_start() => {
                loop {
                    self.identifier();
                    // `#at:put:` is one symbol; in `#x := 1` the colon is not its own.
                    if self.peek() != Some(b':') || self.peek_at(1) == Some(b'=') {
                        break;
                    }
                    self.at += 1;
                    if !(self.at < self.text.len() && self.is_name_start()) {
                        break;
                    }
                }
                Ok(Kind::Symbol(Cow::Borrowed(&self.text[start + 1..self.at])))
            }
            _ => self.fail(Code::InvalidCharacter, start, "Unexpected character '#'", "a symbol is `#name`"),
        }
    }

    fn digits(&mut self, base: u32) -> &'a str {
        let start = self.at;
        while self.peek().is_some_and(|c| (c as char).is_digit(base)) {
            self.at += 1;
        }
        &self.text[start..self.at]
    }

    fn number(&mut self) -> Result<Kind<'a>, Diagnostic> {
        let start = self.at;
        let whole = self.digits(10);
        let recorz = self.surface == Surface::Recorz;
        if recorz && self.peek() == Some(b'r') {
            return self.radix(start, whole);
        }
        let mut fraction = "";
        if self.peek() == Some(b'.') && self.peek_at(1).is_some_and(|c| c.is_ascii_digit()) {
            self.at += 1;
            fraction = self.digits(10);
        }
        if recorz && self.peek() == Some(b's') && self.peek_at(1).is_some_and(|c| c.is_ascii_digit()) {
            self.at += 1;
            let scale = self.digits(10);
            let Ok(scale) = scale.parse::<u32>() else {
                return self.fail(Code::InvalidNumber, start, "the scale of the decimal is too large", "");
            };
            let digits = format!("{whole}{fraction}");
            return Ok(Kind::Number(Literal::Scaled(digits, fraction.len() as u32, scale)));
        }
        let mut text = Cow::Borrowed(&self.text[start..self.at]);
        let exponent = recorz && matches!(self.peek(), Some(b'e' | b'd' | b'q'));
        let sign = usize::from(exponent && matches!(self.peek_at(1), Some(b'+' | b'-')));
        if exponent && self.peek_at(1 + sign).is_some_and(|c| c.is_ascii_digit()) {
            self.at += 1;
            let from = self.at;
            self.at += sign;
            self.digits(10);
            text = Cow::Owned(format!("{text}e{}", &self.text[from..self.at]));
        } else if fraction.is_empty() {
            return Ok(Kind::Number(integer(whole, 10)));
        }
        match text.parse() {
            Ok(value) => Ok(Kind::Number(Literal::Float(value))),
            Err(_) => self.fail(Code::InvalidNumber, start, "malformed number", ""),
        }
    }

    fn radix(&mut self, start: usize, whole: &str) -> Result<Kind<'a>, Diagnostic> {
        self.at += 1;
        let base = whole.parse().ok().filter(|b| (2..=36).contains(b));
        let digits = self.digits(base.unwrap_or(36));
        match base {
            Some(base) if !digits.is_empty() => Ok(Kind::Number(integer(digits, base))),
            _ => {
                let help = "a number with a base is `16r1F`; bases are 2 to 36, digits 0-9 and A-Z";
                self.fail(Code::InvalidNumber, start, "malformed number", help)
            }
        }
    }
}

/// An integer literal without sign.
fn integer(digits: &str, base: u32) -> Literal<'_> {
    match i64::from_str_radix(digits, base) {
        Ok(value) => Literal::Int(value),
        Err(_) => Literal::Large(false, base, digits),
    }
}
