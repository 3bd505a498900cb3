//! Text → tokens.
//!
//! Invariants: one pass, linear time, no recursion; every problem is reported
//! up to [`MAX_ERRORS`] of them, and the token list always ends in `Eof`. An
//! interpolation ends at the next `}` whatever it contains, so a stack of open
//! strings is all the state there is.

use alloc::{format, string::String, vec::Vec};

use motet_source::{Code, Diagnostic, FileId, Span};

use crate::{
    names::Names,
    token::{Tok, Token, Tokens},
};

/// Most lines of a file: a rule of the language.
pub const MAX_LINES: usize = 1_000;
/// Most problems that are reported of one file.
pub const MAX_ERRORS: usize = 200;
/// Most tokens of a file, so that they fit into memory together with their tree.
const MAX_TOKENS: usize = 1 << 24;

/// Lexes a whole file.
///
/// # Errors
/// Everything that is wrong with its lines and tokens; never empty.
pub fn lex(text: &str, file: FileId, names: &mut Names) -> Result<Tokens, Vec<Diagnostic>> {
    match line_problem(text, file) {
        Some(problem) => Err(Vec::from([problem])),
        None => lex_lines(text, file, names, false),
    }
}

/// Lexes a file whose lines may be many and end in any way: what the formatter puts right.
///
/// # Errors
/// Everything that is wrong with its tokens; never empty.
pub fn lex_any_lines(text: &str, file: FileId, names: &mut Names) -> Result<Tokens, Vec<Diagnostic>> {
    if text.len() >= u32::MAX as usize {
        return lex(text, file, names);
    }
    lex_lines(text, file, names, true)
}

fn lex_lines(text: &str, file: FileId, names: &mut Names, any_lines: bool) -> Result<Tokens, Vec<Diagnostic>> {
    let mut lexer = Lexer {
        text,
        bytes: text.as_bytes(),
        at: 0,
        file,
        names,
        any_lines,
        open: Vec::new(),
        fresh_line: true,
        out: Tokens { tokens: Vec::with_capacity(text.len() / 4 + 1), ..Tokens::default() },
        errors: Vec::new(),
    };
    lexer.run();
    if lexer.errors.is_empty() { Ok(lexer.out) } else { Err(lexer.errors) }
}

/// What is wrong with the file as a whole. Carriage returns are found while lexing: raw strings may hold them.
fn line_problem(text: &str, file: FileId) -> Option<Diagnostic> {
    let end = text.len();
    let fail = |code, at: usize, message: &str| Some(Diagnostic::error(code, file, Span::new(at, at), message));
    if end >= u32::MAX as usize {
        return fail(Code::TooLarge, 0, "the file is too large");
    }
    if end > 0 && !text.ends_with('\n') {
        let message = "Rae files must end with a newline (\\n). Missing final newline at end of file. \
                       Run `rae format` to fix.";
        return fail(Code::UnexpectedToken, end, message);
    }
    if let Some((at, _)) = text.match_indices('\n').nth(MAX_LINES) {
        let message = "file exceeds the hard cap of 1000 lines. The cap is not overridable — split this file into \
                       smaller domain-specific modules.";
        let start = text.get(..at).and_then(|t| t.rfind('\n')).map_or(0, |i| i + 1);
        return fail(Code::TooLarge, start, message);
    }
    None
}

struct Lexer<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    file: FileId,
    names: &'a mut Names,
    /// Whether carriage returns end lines.
    any_lines: bool,
    /// Starts of the strings whose interpolations are open, outermost first.
    open: Vec<usize>,
    fresh_line: bool,
    out: Tokens,
    errors: Vec<Diagnostic>,
}

impl Lexer<'_> {
    fn peek(&self, ahead: usize) -> u8 {
        self.bytes.get(self.at + ahead).copied().unwrap_or(0)
    }

    fn char_here(&self) -> Option<char> {
        self.text.get(self.at..).and_then(|rest| rest.chars().next())
    }

    fn skip_while(&mut self, test: fn(&u8) -> bool) {
        while self.bytes.get(self.at).is_some_and(test) {
            self.at += 1;
        }
    }

    fn push(&mut self, tok: Tok, start: usize, data: u32) {
        let fresh_line = core::mem::take(&mut self.fresh_line);
        self.out.tokens.push(Token { tok, fresh_line, span: Span::new(start, self.at), data });
    }

    fn push_string(&mut self, tok: Tok, start: usize, value: String) {
        self.out.strings.push(value);
        self.push(tok, start, self.out.strings.len() as u32 - 1);
    }

    fn error(&mut self, code: Code, start: usize, message: impl Into<String>) {
        if self.errors.len() < MAX_ERRORS {
            let span = Span::new(start, self.at.max(start));
            self.errors.push(Diagnostic::error(code, self.file, span, message));
        }
    }

    fn run(&mut self) {
        while let Some(&b) = self.bytes.get(self.at) {
            let start = self.at;
            match b {
                b'\n' => self.line_break(),
                b'\r' if self.any_lines => self.line_break(),
                b' ' | b'\t' | 0x0b | 0x0c => self.at += 1,
                b'#' => self.comment(),
                b'r' if self.raw_string_hashes().is_some() => self.raw_string(),
                b'A'..=b'Z' | b'a'..=b'z' | b'_' => self.word(),
                b'0'..=b'9' => self.number(),
                b'"' => {
                    self.at += 1;
                    self.string(start, start, Tok::StringStart);
                }
                b'}' if !self.open.is_empty() => {
                    self.at += 1;
                    let string_start = self.open.pop().unwrap_or(start);
                    self.string(string_start, start, Tok::StringMid);
                }
                b'\'' => self.character(),
                b'\r' => self.carriage_return(),
                _ => self.punctuation(),
            }
            if self.out.tokens.len() > MAX_TOKENS {
                self.error(Code::TooLarge, self.at, "the file has too many tokens");
                break;
            }
        }
        if let Some(start) = self.open.pop() {
            self.error(Code::UnterminatedString, start, "unterminated string literal");
        }
        self.at = self.bytes.len();
        self.push(Tok::Eof, self.at, 0);
    }

    fn line_break(&mut self) {
        self.fresh_line = true;
        self.at += 1;
    }

    /// Once per file; the rest is not looked at, since every line would repeat it.
    fn carriage_return(&mut self) {
        let found = if self.peek(1) == b'\n' { "CRLF" } else { "CR (\\r)" };
        let message = format!("Rae files must use LF (\\n) line endings. {found} found. Run `rae format` to fix.");
        self.error(Code::InvalidCharacter, self.at, message);
        self.open.clear();
        self.at = self.bytes.len();
    }

    fn comment(&mut self) {
        let start = self.at;
        if self.peek(1) != b'[' {
            self.skip_while(|&b| b != b'\n' && b != b'\r');
            return self.out.comments.push(Span::new(start, self.at));
        }
        self.at += 2;
        let mut depth = 1u32;
        while depth > 0 {
            match (self.bytes.get(self.at), self.peek(1)) {
                (None, _) => return self.error(Code::UnterminatedComment, start, "unterminated block comment"),
                (Some(b'#'), b'[') => (depth, self.at) = (depth + 1, self.at + 2),
                (Some(b']'), b'#') => (depth, self.at) = (depth - 1, self.at + 2),
                (Some(b'\r'), _) if !self.any_lines => return self.carriage_return(),
                (Some(&b), _) => {
                    self.fresh_line |= matches!(b, b'\n' | b'\r');
                    self.at += 1;
                }
            }
        }
        self.out.comments.push(Span::new(start, self.at));
    }

    fn word(&mut self) {
        let start = self.at;
        self.skip_while(|b| b.is_ascii_alphanumeric() || *b == b'_');
        let word = self.text.get(start..self.at).unwrap_or("");
        match Tok::keyword(word) {
            Some(tok) => self.push(tok, start, 0),
            None => {
                let name = self.names.intern(word);
                self.push(Tok::Ident, start, name.0);
            }
        }
    }

    fn number(&mut self) {
        let start = self.at;
        if self.peek(0) == b'0' && matches!(self.peek(1), b'x' | b'X') {
            self.at += 2;
            self.skip_while(u8::is_ascii_hexdigit);
            return self.integer(start, start + 2, 16);
        }
        self.skip_while(u8::is_ascii_digit);
        if self.at > start + 1 && self.bytes.get(start) == Some(&b'0') {
            self.error(Code::InvalidNumber, start, "integer literal cannot contain leading zeros");
        }
        if self.peek(0) != b'.' || !self.peek(1).is_ascii_digit() {
            return self.integer(start, start, 10);
        }
        self.at += 1;
        self.skip_while(u8::is_ascii_digit);
        let text = self.text.get(start..self.at).unwrap_or("");
        self.out.floats.push(text.parse().unwrap_or(f64::INFINITY));
        self.push(Tok::Float, start, self.out.floats.len() as u32 - 1);
    }

    fn integer(&mut self, start: usize, digits: usize, radix: u32) {
        let text = self.text.get(digits..self.at).unwrap_or("");
        if text.is_empty() {
            let message = "hexadecimal literal requires at least one digit after '0x'";
            self.error(Code::InvalidNumber, start, message);
        }
        // 2^63 stands for itself negated: `-9223372036854775808` is an operator and a literal.
        let most = if radix == 16 { u64::MAX } else { 1 << 63 };
        let value = match u64::from_str_radix(text, radix) {
            Ok(value) if value <= most => value as i64,
            Err(_) if text.is_empty() => 0,
            Ok(_) | Err(_) => {
                self.error(Code::InvalidNumber, start, "integer literal does not fit into 64 bits");
                0
            }
        };
        self.out.ints.push(value);
        self.push(Tok::Int, start, self.out.ints.len() as u32 - 1);
    }

    /// Reads string text up to its quote or the next interpolation. `first` is the kind of the piece if an
    /// interpolation follows; `start` is where the piece begins.
    fn string(&mut self, string_start: usize, start: usize, first: Tok) {
        let mut value = String::new();
        loop {
            let run = self.at;
            self.skip_while(|b| !matches!(b, b'"' | b'\\' | b'{' | b'\n' | b'\r'));
            value.push_str(self.text.get(run..self.at).unwrap_or(""));
            match self.peek(0) {
                b'"' if self.at < self.bytes.len() => {
                    self.at += 1;
                    let tok = if first == Tok::StringStart { Tok::Str } else { Tok::StringEnd };
                    return self.push_string(tok, start, value);
                }
                b'\\' => self.escape(&mut value),
                b'{' => {
                    self.at += 1;
                    self.open.push(string_start);
                    return self.push_string(first, start, value);
                }
                b'\r' if !self.any_lines => return self.carriage_return(),
                _ => {
                    // The open strings around it cannot be continued on another line in a useful way.
                    self.open.clear();
                    return self.error(Code::UnterminatedString, string_start, "unterminated string literal");
                }
            }
        }
    }

    /// An escape sequence of a string, at its backslash.
    fn escape(&mut self, value: &mut String) {
        let start = self.at;
        self.at += 1;
        let plain = match self.peek(0) {
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'0' => '\0',
            b @ (b'\\' | b'"' | b'{' | b'}') => char::from(b),
            b'u' => {
                self.at += 1;
                return value.push(self.code_point(start));
            }
            // The end of the line is reported as the end of the string.
            b'\n' | b'\r' => return,
            _ => {
                let Some(c) = self.char_here() else { return };
                self.at += c.len_utf8();
                return self.error(Code::InvalidEscape, start, format!("invalid escape sequence '\\{c}'"));
            }
        };
        self.at += 1;
        value.push(plain);
    }

    /// `{hex}` after `\u`.
    fn code_point(&mut self, start: usize) -> char {
        if self.peek(0) != b'{' {
            self.error(Code::InvalidEscape, start, "expected '{' after \\u");
            return '\u{fffd}';
        }
        self.at += 1;
        let digits = self.at;
        self.skip_while(u8::is_ascii_hexdigit);
        let value = self.text.get(digits..self.at).and_then(|t| u32::from_str_radix(t, 16).ok());
        if self.peek(0) != b'}' {
            self.error(Code::InvalidEscape, start, "unterminated unicode escape");
            return '\u{fffd}';
        }
        self.at += 1;
        value.and_then(char::from_u32).unwrap_or_else(|| {
            self.error(Code::InvalidEscape, start, "unicode escape is not a code point");
            '\u{fffd}'
        })
    }

    fn character(&mut self) {
        let start = self.at;
        self.at += 1;
        let value = match self.peek(0) {
            b'\'' => {
                self.at += 1;
                return self.error(Code::InvalidCharacter, start, "empty char literal");
            }
            b'\\' => self.char_escape(),
            b'\n' | b'\r' | 0 if self.peek(0) != 0 || self.at >= self.bytes.len() => {
                return self.error(Code::UnterminatedString, start, "unterminated char literal");
            }
            b => {
                self.at += 1;
                char::from(b)
            }
        };
        if self.peek(0) == b'\'' {
            self.at += 1;
            return self.push(Tok::Char, start, u32::from(value));
        }
        self.skip_while(|b| !matches!(b, b'\'' | b'\n' | b'\r'));
        if self.peek(0) == b'\'' {
            self.at += 1;
            self.error(Code::InvalidCharacter, start, "char literal must contain exactly one character");
        } else {
            self.error(Code::UnterminatedString, start, "unterminated char literal");
        }
    }

    /// An escape sequence of a char literal, at its backslash; unknown ones stand for the escaped character.
    fn char_escape(&mut self) -> char {
        let start = self.at;
        self.at += 1;
        let value = match self.peek(0) {
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'0' => '\0',
            b'u' => {
                self.at += 1;
                return self.code_point(start);
            }
            b'\n' | b'\r' => return '\0',
            _ => {
                let c = self.char_here().unwrap_or('\0');
                self.at += if self.at < self.bytes.len() { c.len_utf8() } else { 0 };
                return c;
            }
        };
        self.at += 1;
        value
    }

    /// How many `#` stand between the `r` here and a quote, if this begins a raw string.
    fn raw_string_hashes(&self) -> Option<usize> {
        let rest = self.bytes.get(self.at + 1..)?;
        let hashes = rest.iter().take_while(|&&b| b == b'#').count();
        (rest.get(hashes) == Some(&b'"')).then_some(hashes)
    }

    fn raw_string(&mut self) {
        let start = self.at;
        let hashes = self.raw_string_hashes().unwrap_or(0);
        let inner = start + 1 + hashes + 1;
        self.at = inner;
        loop {
            self.skip_while(|&b| b != b'"');
            if self.at >= self.bytes.len() {
                return self.error(Code::UnterminatedString, start, "unterminated raw string");
            }
            let quote = self.at;
            self.at += 1;
            let close = self.bytes.get(self.at..self.at + hashes);
            if close.is_some_and(|c| c.iter().all(|&b| b == b'#')) {
                self.at += hashes;
                let value = String::from(self.text.get(inner..quote).unwrap_or(""));
                return self.push_string(Tok::RawString, start, value);
            }
        }
    }

    fn punctuation(&mut self) {
        let start = self.at;
        let (tok, len) = match (self.peek(0), self.peek(1)) {
            (b'=', b'>') => (Tok::Arrow, 2),
            (b'=', _) => (Tok::Assign, 1),
            (b'+', b'+') => (Tok::Inc, 2),
            (b'+', _) => (Tok::Plus, 1),
            (b'-', b'-') => (Tok::Dec, 2),
            (b'-', _) => (Tok::Minus, 1),
            (b'*', _) => (Tok::Star, 1),
            (b'/', _) => (Tok::Slash, 1),
            (b'%', _) => (Tok::Percent, 1),
            (b'<', b'=') => (Tok::LessEq, 2),
            (b'<', _) => (Tok::Less, 1),
            (b'>', b'=') => (Tok::GreaterEq, 2),
            (b'>', _) => (Tok::Greater, 1),
            (b'(', _) => (Tok::LParen, 1),
            (b')', _) => (Tok::RParen, 1),
            (b'{', _) => (Tok::LBrace, 1),
            (b'}', _) => (Tok::RBrace, 1),
            (b'[', _) => (Tok::LBracket, 1),
            (b']', _) => (Tok::RBracket, 1),
            (b',', _) => (Tok::Comma, 1),
            (b':', _) => (Tok::Colon, 1),
            (b'.', _) => (Tok::Dot, 1),
            _ => {
                let c = self.char_here().unwrap_or('\u{fffd}');
                self.at += c.len_utf8();
                return self.error(Code::InvalidCharacter, start, format!("unexpected character '{c}'"));
            }
        };
        self.at += len;
        self.push(tok, start, 0);
    }
}
