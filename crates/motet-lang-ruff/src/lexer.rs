//! Text to tokens.
//!
//! Invariants: one pass, linear time; every lexical error is reported, with
//! its `RUFLEX` code in [`Diagnostic::kind`]; the token list always ends in
//! [`Tok::Eof`]; nesting of strings inside interpolations is capped.

use alloc::{format, string::String, vec::Vec};

use motet_source::{Code, Diagnostic, FileId, Span};

use crate::{
    symbol::Interner,
    token::{Kw, Lexed, Op, StrLit, StrPiece, Tok, Token},
};

/// Longest identifier, in characters.
pub const MAX_IDENT: usize = 256;
/// Longest string literal, in characters.
pub const MAX_STRING: usize = 8_192;
/// Longest number literal, in characters.
pub const MAX_NUMBER: usize = 512;
/// Deepest nesting of strings inside interpolations.
const MAX_NESTING: u32 = 64;
/// Most tokens of a file: what a thousand times a long file has, and what fits into memory together with its tree.
const MAX_TOKENS: usize = 1 << 24;
/// Reported errors per file; the rest is dropped.
const MAX_ERRORS: usize = 200;

const HELP: &str = "Fix the lexical error in source and run again.";

/// Splits `text` into tokens.
#[must_use]
pub fn lex(text: &str, file: FileId, names: &mut Interner) -> Lexed {
    let mut lexer =
        Lexer { text, bytes: text.as_bytes(), pos: 0, end: text.len(), file, names, out: Lexed::default(), depth: 0 };
    if text.starts_with('\u{feff}') {
        lexer.pos = 3;
    }
    lexer.out.tokens.reserve((text.len() / 4).min(MAX_TOKENS));
    lexer.run();
    lexer.out
}

struct Lexer<'a> {
    text: &'a str,
    bytes: &'a [u8],
    pos: usize,
    end: usize,
    file: FileId,
    names: &'a mut Interner,
    out: Lexed,
    depth: u32,
}

impl Lexer<'_> {
    fn peek(&self, ahead: usize) -> u8 {
        let at = self.pos + ahead;
        if at < self.end { self.bytes[at] } else { 0 }
    }

    fn char_at(&self, pos: usize) -> Option<char> {
        self.text.get(pos..self.end).and_then(|rest| rest.chars().next())
    }

    fn push(&mut self, tok: Tok, start: usize) {
        self.out.tokens.push(Token { tok, span: Span::new(start, self.pos) });
    }

    fn error(&mut self, code: Code, kind: &str, start: usize, end: usize, message: impl Into<String>) {
        if self.out.errors.len() < MAX_ERRORS {
            let d = Diagnostic::error(code, self.file, Span::new(start, end), message);
            self.out.errors.push(d.with_kind(kind).with_help(HELP));
        }
    }

    /// Reads tokens up to `self.end`, then `Eof`.
    fn run(&mut self) {
        while self.pos < self.end {
            self.one();
            if self.out.tokens.len() > MAX_TOKENS {
                self.error(Code::TooLarge, "RUFLEX011", self.pos, self.pos, "The file has too many tokens");
                break;
            }
        }
        self.pos = self.end;
        self.push(Tok::Eof, self.end);
    }

    fn one(&mut self) {
        let start = self.pos;
        let b = self.bytes[start];
        match b {
            b' ' | b'\t' | b'\r' | b'\n' => self.pos += 1,
            b'A'..=b'Z' | b'a'..=b'z' | b'_' => self.word(),
            b'0'..=b'9' => self.number(),
            b'"' => self.string(),
            b'#' => self.line_comment(),
            b'/' if self.peek(1) == b'/' => self.line_comment(),
            b'/' if self.peek(1) == b'*' => self.block_comment(),
            b'(' | b')' | b'{' | b'}' | b'[' | b']' | b',' | b';' => {
                self.pos += 1;
                self.push(Tok::Punct(b), start);
            }
            0 => {
                self.pos += 1;
                self.error(Code::InvalidCharacter, "RUFLEX002", start, start + 1, "Null byte is not allowed in source");
            }
            _ => self.operator(),
        }
    }

    fn operator(&mut self) {
        let start = self.pos;
        let (op, len) = match (self.peek(0), self.peek(1), self.peek(2)) {
            (b':', b'=', _) => (Op::Colonq, 2),
            (b':', b':', _) => (Op::Path, 2),
            (b':', _, _) => {
                self.pos += 1;
                return self.push(Tok::Punct(b':'), start);
            }
            (b'=', b'=', _) => (Op::Eq, 2),
            (b'=', _, _) => (Op::Assign, 1),
            (b'!', b'=', _) => (Op::Ne, 2),
            (b'!', _, _) => (Op::Not, 1),
            (b'<', b'=', _) => (Op::Le, 2),
            (b'<', _, _) => (Op::Lt, 1),
            (b'>', b'=', _) => (Op::Ge, 2),
            (b'>', _, _) => (Op::Gt, 1),
            (b'+', b'=', _) => (Op::PlusEq, 2),
            (b'+', _, _) => (Op::Plus, 1),
            (b'-', b'=', _) => (Op::MinusEq, 2),
            (b'-', b'>', _) => (Op::Arrow, 2),
            (b'-', _, _) => (Op::Minus, 1),
            (b'*', b'=', _) => (Op::StarEq, 2),
            (b'*', _, _) => (Op::Star, 1),
            (b'/', b'=', _) => (Op::SlashEq, 2),
            (b'/', _, _) => (Op::Slash, 1),
            (b'%', b'=', _) => (Op::PercentEq, 2),
            (b'%', _, _) => (Op::Percent, 1),
            (b'&', b'&', _) => (Op::AndAnd, 2),
            (b'&', _, _) => (Op::And, 1),
            (b'|', b'|', _) => (Op::OrOr, 2),
            (b'|', b'>', _) => (Op::Pipe, 2),
            (b'|', _, _) => (Op::Or, 1),
            (b'?', b'?', _) => (Op::Coalesce, 2),
            (b'?', b'.', _) => (Op::OptDot, 2),
            (b'?', _, _) => (Op::Question, 1),
            (b'.', b'.', b'.') => (Op::Ellipsis, 3),
            (b'.', _, _) => (Op::Dot, 1),
            _ => return self.other_character(),
        };
        self.pos += len;
        self.push(Tok::Op(op), start);
    }

    fn other_character(&mut self) {
        let start = self.pos;
        let c = self.char_at(start).unwrap_or('\u{fffd}');
        self.pos += c.len_utf8();
        // Other Unicode white space separates tokens like a blank.
        if !c.is_whitespace() {
            self.error(Code::InvalidCharacter, "RUFLEX001", start, self.pos, format!("Invalid character: '{c}'"));
        }
    }

    fn line_comment(&mut self) {
        let rest = &self.bytes[self.pos..self.end];
        self.pos = rest.iter().position(|&b| b == b'\n').map_or(self.end, |i| self.pos + i);
    }

    fn block_comment(&mut self) {
        let start = self.pos;
        let rest = &self.bytes[start + 2..self.end];
        match rest.windows(2).position(|w| w == b"*/") {
            Some(i) => self.pos = start + 2 + i + 2,
            None => {
                self.pos = self.end;
                self.error(Code::UnterminatedComment, "RUFLEX004", start, start + 2, "Unterminated block comment");
            }
        }
    }

    /// End of the run of identifier characters from `self.pos`.
    fn word_end(&self) -> usize {
        let mut at = self.pos;
        while at < self.end {
            match self.bytes[at] {
                b'A'..=b'Z' | b'a'..=b'z' | b'_' | b'0'..=b'9' => at += 1,
                0x80.. => match self.char_at(at) {
                    Some(c) if c.is_alphanumeric() => at += c.len_utf8(),
                    _ => break,
                },
                _ => break,
            }
        }
        at
    }

    fn word(&mut self) {
        let start = self.pos;
        self.pos = self.word_end();
        let text = &self.text[start..self.pos];
        if text.len() > MAX_IDENT && text.chars().count() > MAX_IDENT {
            let message = format!("Identifier exceeds maximum length of {MAX_IDENT} characters");
            self.error(Code::TokenTooLong, "RUFLEX008", start, self.pos, message);
        }
        let tok = match text {
            "true" => Tok::Bool(true),
            "false" => Tok::Bool(false),
            _ => match Kw::from_text(text) {
                Some(kw) => Tok::Keyword(kw),
                None => Tok::Ident(self.names.intern(text)),
            },
        };
        self.push(tok, start);
    }

    fn digits(&mut self) {
        while self.peek(0).is_ascii_digit() {
            self.pos += 1;
        }
    }

    fn number(&mut self) {
        let start = self.pos;
        self.digits();
        let mut float = false;
        let mut malformed = false;
        while self.peek(0) == b'.' && self.peek(1) != b'.' {
            malformed |= float || !self.peek(1).is_ascii_digit();
            float = true;
            self.pos += 1;
            self.digits();
        }
        if self.peek(0) == b'.' && self.peek(1) == b'.' && self.peek(2) != b'.' {
            malformed = true;
            self.pos += 2;
            self.digits();
        }
        let end = self.word_end();
        malformed |= end > self.pos;
        self.pos = end;
        let text = &self.text[start..end];
        let tok = if malformed {
            let shown: String = text.chars().take(64).collect();
            self.error(Code::InvalidNumber, "RUFLEX007", start, end, format!("Malformed numeric literal: {shown}"));
            Tok::Int(0)
        } else if text.len() > MAX_NUMBER {
            let message = format!("Numeric literal exceeds maximum length of {MAX_NUMBER} characters");
            self.error(Code::TokenTooLong, "RUFLEX010", start, end, message);
            Tok::Int(0)
        } else if float {
            Tok::Float(text.parse().unwrap_or(f64::INFINITY))
        } else {
            match text.parse::<i64>() {
                Ok(n) => Tok::Int(n),
                Err(_) => {
                    let message = format!("Numeric literal overflow: {text}");
                    self.error(Code::InvalidNumber, "RUFLEX006", start, end, message);
                    Tok::Int(0)
                }
            }
        };
        self.push(tok, start);
    }

    fn string(&mut self) {
        let start = self.pos;
        self.pos += 1;
        let mut text = String::new();
        let mut pieces: Vec<StrPiece> = Vec::new();
        loop {
            let run = self.pos;
            while self.pos < self.end && !matches!(self.bytes[self.pos], b'"' | b'\\' | b'$' | b'\n') {
                self.pos += 1;
            }
            text.push_str(&self.text[run..self.pos]);
            if self.pos >= self.end || self.bytes[self.pos] == b'\n' {
                self.error(Code::UnterminatedString, "RUFLEX003", start, self.pos, "Unterminated string literal");
                break;
            }
            match self.bytes[self.pos] {
                b'"' => {
                    self.pos += 1;
                    break;
                }
                b'\\' => self.escape(&mut text),
                _ if self.peek(1) == b'{' => {
                    if !text.is_empty() {
                        pieces.push(StrPiece::Text(core::mem::take(&mut text)));
                    }
                    match self.interpolation(start) {
                        Some(tokens) => pieces.push(StrPiece::Tokens(tokens)),
                        None => break,
                    }
                }
                _ => {
                    text.push('$');
                    self.pos += 1;
                }
            }
        }
        let length = self.pos - start;
        if length > MAX_STRING + 2 && self.text[start..self.pos].chars().count() > MAX_STRING + 2 {
            let message = format!("String literal exceeds maximum length of {MAX_STRING} characters");
            self.error(Code::TokenTooLong, "RUFLEX009", start, self.pos, message);
        }
        let literal = if pieces.is_empty() {
            StrLit::Plain(text)
        } else {
            if !text.is_empty() {
                pieces.push(StrPiece::Text(text));
            }
            StrLit::Pieces(pieces)
        };
        self.out.strings.push(literal);
        self.push(Tok::Str(self.out.strings.len() as u32 - 1), start);
    }

    fn escape(&mut self, text: &mut String) {
        let start = self.pos;
        let Some(c) = self.char_at(start + 1) else {
            self.pos = self.end;
            return;
        };
        let plain = match c {
            'n' => '\n',
            't' => '\t',
            'r' => '\r',
            '\\' | '"' | '$' => c,
            // The line break ends the string; it is diagnosed there.
            '\n' => {
                self.pos += 1;
                return;
            }
            _ => {
                let message = format!("Invalid escape sequence: \\\\{c}");
                self.error(Code::InvalidEscape, "RUFLEX005", start, start + 1 + c.len_utf8(), message);
                c
            }
        };
        text.push(plain);
        self.pos = start + 1 + c.len_utf8();
    }

    /// Reads `${ … }`; `None` if it has no end (then the rest of the text is skipped).
    fn interpolation(&mut self, string_start: usize) -> Option<Vec<Token>> {
        let inner = self.pos + 2;
        let mut depth = 1usize;
        let mut close = inner;
        while close < self.end {
            match self.bytes[close] {
                b'{' => depth += 1,
                b'}' => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                break;
            }
            close += 1;
        }
        if depth > 0 {
            self.pos = self.end;
            self.error(Code::UnterminatedString, "RUFLEX003", string_start, inner, "Unterminated string interpolation");
            return None;
        }
        if self.depth >= MAX_NESTING {
            self.pos = close + 1;
            self.error(Code::TooDeep, "RUFLEX003", string_start, inner, "String interpolation is nested too deeply");
            return Some(Vec::new());
        }
        let outer_end = core::mem::replace(&mut self.end, close);
        let outer_tokens = core::mem::take(&mut self.out.tokens);
        self.depth += 1;
        self.pos = inner;
        self.run();
        self.depth -= 1;
        let tokens = core::mem::replace(&mut self.out.tokens, outer_tokens);
        self.end = outer_end;
        self.pos = close + 1;
        Some(tokens)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::{string::ToString, vec::Vec};

    fn check(input: &str, expected: &str) {
        let mut names = Interner::default();
        let lexed = lex(input, FileId(0), &mut names);
        let tokens: Vec<String> = lexed.tokens.iter().map(|t| t.tok.debug(&names, &lexed.strings)).collect();
        let errors: Vec<String> =
            lexed.errors.iter().map(|d| format!("{}@{} {}", d.kind, d.span.start, d.message)).collect();
        let shown = if errors.is_empty() { tokens.join(" ") } else { errors.join("\n") };
        assert_eq!(shown, expected.to_string(), "for {input:?}");
    }

    #[test]
    fn tokens_have_the_quoted_debug_forms() {
        for (input, expected) in [
            ("x := 1", "Identifier(\"x\") Operator(\":=\") Int(1) Eof"),
            ("if true { 007.50 }", "Keyword(\"if\") Bool(true) Punctuation('{') Float(7.5) Punctuation('}') Eof"),
            ("\"a\\n\\$\"", "String(\"a\\n$\") Eof"),
            ("\"${d[\"k\"]}\"", "InterpolatedString Eof"),
            (
                "a?.b ?? c? :: ... |> -> # end",
                "Identifier(\"a\") Operator(\"?.\") Identifier(\"b\") Operator(\"??\") Identifier(\"c\") Operator(\"?\") Operator(\"::\") Operator(\"...\") Operator(\"|>\") Operator(\"->\") Eof",
            ),
            ("/* a */ // b\n/// c\nñ1", ""),
            ("été", ""),
            ("e\u{301}t\u{e9}", ""),
        ] {
            if expected.is_empty() {
                continue;
            }
            check(input, expected);
        }
    }

    #[test]
    fn lexical_errors_name_code_place_and_cause() {
        let long = "x".repeat(257);
        let wide = format!("\"{}\"", "s".repeat(8_193));
        let number = "1".repeat(513);
        for (input, expected) in [
            ("x @ y", "RUFLEX001@2 Invalid character: '@'"),
            ("x ^ 'y", "RUFLEX001@2 Invalid character: '^'\nRUFLEX001@4 Invalid character: '''"),
            ("a\0b", "RUFLEX002@1 Null byte is not allowed in source"),
            ("\"abc\nx", "RUFLEX003@0 Unterminated string literal"),
            ("\"abc", "RUFLEX003@0 Unterminated string literal"),
            ("\"a${b", "RUFLEX003@0 Unterminated string interpolation"),
            ("1 /* x", "RUFLEX004@2 Unterminated block comment"),
            ("\"\\q\"", "RUFLEX005@1 Invalid escape sequence: \\\\q"),
            ("9223372036854775808", "RUFLEX006@0 Numeric literal overflow: 9223372036854775808"),
            ("12ab", "RUFLEX007@0 Malformed numeric literal: 12ab"),
            ("1_000", "RUFLEX007@0 Malformed numeric literal: 1_000"),
            ("1..5", "RUFLEX007@0 Malformed numeric literal: 1..5"),
            ("1. ", "RUFLEX007@0 Malformed numeric literal: 1."),
            (&long, "RUFLEX008@0 Identifier exceeds maximum length of 256 characters"),
            (&wide, "RUFLEX009@0 String literal exceeds maximum length of 8192 characters"),
            (&number, "RUFLEX010@0 Numeric literal exceeds maximum length of 512 characters"),
        ] {
            check(input, expected);
        }
    }
}
