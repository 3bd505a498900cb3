//! Text → tokens. Lexing is complete before parsing starts, so that an error
//! here wins over every later one.
//!
//! Invariants: token spans are byte ranges of the text, in order, without
//! overlap; the last token is `Eof` with an empty span at the end.

use alloc::{
    format,
    string::{String, ToString},
    vec::Vec,
};

use motet_source::{Code, Diagnostic, FileId, Span};

use crate::names::{Name, Names, SOFT_WORDS};

/// Most tokens of a file, so that they fit into memory together with their tree.
const MAX_TOKENS: usize = 1 << 24;

/// Kind of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Tok {
    /// `data`: index into [`Tokens::ints`].
    Int,
    /// `data`: index into [`Tokens::floats`].
    Float,
    /// `data`: index into [`Tokens::strings`].
    Str,
    /// `data`: the [`Name`].
    Ident,
    Let,
    Fn,
    Return,
    If,
    Else,
    True,
    False,
    Plus,
    Minus,
    Star,
    Slash,
    Percent,
    Bang,
    Assign,
    EqEq,
    NotEq,
    Less,
    LessEq,
    Greater,
    GreaterEq,
    AndAnd,
    OrOr,
    Arrow,
    LParen,
    RParen,
    LBrace,
    RBrace,
    LBracket,
    RBracket,
    Hash,
    Comma,
    Colon,
    Semi,
    Dot,
    DotDot,
    DotDotEq,
    Question,
    PlusAssign,
    MinusAssign,
    StarAssign,
    SlashAssign,
    PercentAssign,
    Eof,
}

/// One token.
#[derive(Clone, Copy, Debug)]
pub struct Token {
    /// Kind.
    pub tok: Tok,
    /// Bytes of the text.
    pub span: Span,
    /// See the kinds; 0 where they say nothing.
    pub data: u32,
}

/// A lexed file.
#[derive(Debug)]
pub struct Tokens {
    /// All tokens; the last is `Eof`.
    pub tokens: Vec<Token>,
    /// Values of integer literals.
    pub ints: Vec<i64>,
    /// Values of float literals.
    pub floats: Vec<f64>,
    /// Values of string literals.
    pub strings: Vec<String>,
    /// Which of the soft words (by name number) are keywords in this file.
    pub keywords: [bool; SOFT_WORDS],
}

/// Lexes a whole file. `core` switches the extensions off.
///
/// # Errors
/// The first lexical error.
pub fn lex(text: &str, file: FileId, core: bool, names: &mut Names) -> Result<Tokens, Diagnostic> {
    if text.len() >= u32::MAX as usize {
        let at = Span::new(0, 0);
        return Err(Diagnostic::error(Code::TooLarge, file, at, "the file is too large").with_kind("lex error"));
    }
    let mut lexer = Lexer {
        text,
        bytes: text.as_bytes(),
        at: 0,
        core,
        names,
        soft: false,
        out: Tokens {
            tokens: Vec::with_capacity(text.len() / 4 + 1),
            ints: Vec::new(),
            floats: Vec::new(),
            strings: Vec::new(),
            keywords: [false; SOFT_WORDS],
        },
    };
    match lexer.run() {
        Ok(()) => {
            if lexer.soft && !core {
                lexer.out.keywords = soft_keywords(&lexer.out.tokens);
            }
            Ok(lexer.out)
        }
        Err(fault) => Err(Diagnostic::error(fault.0, file, fault.1, fault.2).with_kind("lex error")),
    }
}

struct Fault(Code, Span, String);

struct Lexer<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    core: bool,
    names: &'a mut Names,
    /// Whether a soft word occurs.
    soft: bool,
    out: Tokens,
}

impl Lexer<'_> {
    fn peek(&self, ahead: usize) -> u8 {
        self.bytes.get(self.at + ahead).copied().unwrap_or(0)
    }

    fn push(&mut self, tok: Tok, start: usize, data: u32) {
        self.out.tokens.push(Token { tok, span: Span::new(start, self.at), data });
    }

    fn slice(&self, start: usize, end: usize) -> &str {
        self.text.get(start..end).unwrap_or("")
    }

    fn run(&mut self) -> Result<(), Fault> {
        while let Some(&b) = self.bytes.get(self.at) {
            match b {
                b' ' | b'\t' | b'\n' | b'\r' => self.at += 1,
                b'/' if self.peek(1) == b'/' => self.comment(),
                b'a'..=b'z' | b'A'..=b'Z' | b'_' => self.word(),
                b'0'..=b'9' => self.number()?,
                b'"' => self.string()?,
                _ => self.punctuation(b)?,
            }
            if self.out.tokens.len() > MAX_TOKENS {
                let here = Span::new(self.at, self.at);
                return Err(Fault(Code::TooLarge, here, "the file has too many tokens".to_string()));
            }
        }
        self.push(Tok::Eof, self.at, 0);
        Ok(())
    }

    fn comment(&mut self) {
        while self.bytes.get(self.at).is_some_and(|&b| b != b'\n') {
            self.at += 1;
        }
    }

    fn word(&mut self) {
        let start = self.at;
        while self.bytes.get(self.at).is_some_and(|b| b.is_ascii_alphanumeric() || *b == b'_') {
            self.at += 1;
        }
        let word = self.text.get(start..self.at).unwrap_or("");
        let tok = match word {
            "let" => Tok::Let,
            "fn" => Tok::Fn,
            "return" => Tok::Return,
            "if" => Tok::If,
            "else" => Tok::Else,
            "true" => Tok::True,
            "false" => Tok::False,
            _ => {
                let name = self.names.intern(word);
                self.soft |= (name.0 as usize) < SOFT_WORDS;
                return self.push(Tok::Ident, start, name.0);
            }
        };
        self.push(tok, start, 0);
    }

    /// Digits, with single or repeated `_` between digits where allowed.
    fn digits(&mut self, digit: fn(&u8) -> bool) {
        loop {
            while self.bytes.get(self.at).is_some_and(digit) {
                self.at += 1;
            }
            let mut ahead = 0;
            while !self.core && self.peek(ahead) == b'_' {
                ahead += 1;
            }
            if ahead == 0 || !self.bytes.get(self.at + ahead).is_some_and(digit) {
                return;
            }
            self.at += ahead;
        }
    }

    fn number(&mut self) -> Result<(), Fault> {
        let start = self.at;
        if !self.core && self.peek(0) == b'0' && self.peek(1) == b'x' && self.peek(2).is_ascii_hexdigit() {
            self.at += 2;
            self.digits(u8::is_ascii_hexdigit);
            return self.hexadecimal(start);
        }
        self.digits(u8::is_ascii_digit);
        if !self.core && self.fraction_and_exponent() {
            let text: String = self.slice(start, self.at).chars().filter(|&c| c != '_').collect();
            let value = text.parse::<f64>().unwrap_or(f64::INFINITY);
            self.out.floats.push(value);
            let index = self.out.floats.len() as u32 - 1;
            self.push(Tok::Float, start, index);
            return Ok(());
        }
        let text = self.slice(start, self.at);
        let value = text
            .bytes()
            .filter(|&b| b != b'_')
            .try_fold(0i64, |v, b| v.checked_mul(10)?.checked_add(i64::from(b - b'0')));
        self.integer(start, value)
    }

    fn hexadecimal(&mut self, start: usize) -> Result<(), Fault> {
        let digits = self.slice(start + 2, self.at);
        let mut value = 0u64;
        let mut count = 0;
        for d in digits.chars().filter_map(|c| c.to_digit(16)) {
            value = value << 4 | u64::from(d);
            count += 1;
        }
        self.integer(start, (count <= 16).then_some(value as i64))
    }

    fn integer(&mut self, start: usize, value: Option<i64>) -> Result<(), Fault> {
        let Some(value) = value else {
            let message = format!("invalid integer literal: {}", self.slice(start, self.at));
            return Err(Fault(Code::InvalidNumber, Span::new(start, self.at), message));
        };
        self.out.ints.push(value);
        let index = self.out.ints.len() as u32 - 1;
        self.push(Tok::Int, start, index);
        Ok(())
    }

    /// Whether a fraction or an exponent follows; passes over them.
    fn fraction_and_exponent(&mut self) -> bool {
        let start = self.at;
        if self.peek(0) == b'.' && self.peek(1).is_ascii_digit() {
            self.at += 1;
            self.digits(u8::is_ascii_digit);
        }
        if matches!(self.peek(0), b'e' | b'E') {
            let sign = usize::from(matches!(self.peek(1), b'+' | b'-'));
            if self.peek(1 + sign).is_ascii_digit() {
                self.at += 1 + sign;
                self.digits(u8::is_ascii_digit);
            }
        }
        self.at > start
    }

    fn string(&mut self) -> Result<(), Fault> {
        let start = self.at;
        self.at += 1;
        let mut value = String::new();
        loop {
            let run = self.at;
            while self.bytes.get(self.at).is_some_and(|&b| b != b'"' && b != b'\\' && (b < 0x80 || !self.core)) {
                self.at += 1;
            }
            value.push_str(self.text.get(run..self.at).unwrap_or(""));
            match self.bytes.get(self.at) {
                Some(b'"') => {
                    self.at += 1;
                    self.out.strings.push(value);
                    let index = self.out.strings.len() as u32 - 1;
                    self.push(Tok::Str, start, index);
                    return Ok(());
                }
                Some(b'\\') if self.at + 1 < self.bytes.len() => value.push(self.escape()?),
                Some(b'\\') | None => {
                    let span = Span::new(start, self.bytes.len());
                    return Err(Fault(Code::UnterminatedString, span, "unterminated string literal".to_string()));
                }
                Some(_) => {
                    let message = "non-ascii characters are not supported in string literals yet".to_string();
                    return Err(Fault(Code::InvalidCharacter, Span::new(self.at, self.at + 1), message));
                }
            }
        }
    }

    fn escape(&mut self) -> Result<char, Fault> {
        let at = self.at;
        let b = self.peek(1);
        self.at += 2;
        match b {
            b'n' => Ok('\n'),
            b't' => Ok('\t'),
            b'"' => Ok('"'),
            b'\\' => Ok('\\'),
            b'r' if !self.core => Ok('\r'),
            b'0' if !self.core => Ok('\0'),
            b'u' if !self.core && self.peek(0) == b'{' => match self.unicode_escape() {
                Some(c) => Ok(c),
                None => Err(unknown_escape(at, b)),
            },
            _ => Err(unknown_escape(at, b)),
        }
    }

    /// `{HEX}` of a scalar value, one to six digits.
    fn unicode_escape(&mut self) -> Option<char> {
        let mut value = 0u32;
        let mut ahead = 1;
        while let Some(d) = (self.peek(ahead) as char).to_digit(16) {
            if ahead > 6 {
                return None;
            }
            value = value << 4 | d;
            ahead += 1;
        }
        if ahead == 1 || self.peek(ahead) != b'}' {
            return None;
        }
        self.at += ahead + 1;
        char::from_u32(value)
    }

    fn punctuation(&mut self, b: u8) -> Result<(), Fault> {
        let ext = !self.core;
        let next = self.peek(1);
        let assign = next == b'=';
        let (tok, len) = match b {
            b'+' if ext && assign => (Tok::PlusAssign, 2),
            b'+' => (Tok::Plus, 1),
            b'-' if next == b'>' => (Tok::Arrow, 2),
            b'-' if ext && assign => (Tok::MinusAssign, 2),
            b'-' => (Tok::Minus, 1),
            b'*' if ext && assign => (Tok::StarAssign, 2),
            b'*' => (Tok::Star, 1),
            b'/' if ext && assign => (Tok::SlashAssign, 2),
            b'/' => (Tok::Slash, 1),
            b'%' if ext && assign => (Tok::PercentAssign, 2),
            b'%' => (Tok::Percent, 1),
            b'!' if assign => (Tok::NotEq, 2),
            b'!' => (Tok::Bang, 1),
            b'=' if assign => (Tok::EqEq, 2),
            b'=' => (Tok::Assign, 1),
            b'<' if assign => (Tok::LessEq, 2),
            b'<' => (Tok::Less, 1),
            b'>' if assign => (Tok::GreaterEq, 2),
            b'>' => (Tok::Greater, 1),
            b'&' if next == b'&' => (Tok::AndAnd, 2),
            b'|' if next == b'|' => (Tok::OrOr, 2),
            b'(' => (Tok::LParen, 1),
            b')' => (Tok::RParen, 1),
            b'{' => (Tok::LBrace, 1),
            b'}' => (Tok::RBrace, 1),
            b'[' => (Tok::LBracket, 1),
            b']' => (Tok::RBracket, 1),
            b'#' => (Tok::Hash, 1),
            b',' => (Tok::Comma, 1),
            b':' => (Tok::Colon, 1),
            b';' => (Tok::Semi, 1),
            b'?' if ext => (Tok::Question, 1),
            b'.' if ext && next == b'.' && self.peek(2) == b'=' => (Tok::DotDotEq, 3),
            b'.' if ext && next == b'.' => (Tok::DotDot, 2),
            b'.' if ext => (Tok::Dot, 1),
            _ => return Err(unexpected(b, self.at)),
        };
        let start = self.at;
        self.at += len;
        self.push(tok, start, 0);
        Ok(())
    }
}

/// A byte that starts no token, shown as the Latin-1 character of its number.
fn unexpected(b: u8, at: usize) -> Fault {
    let message = match b {
        b'&' => "unexpected '&' (did you mean '&&'?)".to_string(),
        b'|' => "unexpected '|' (did you mean '||'?)".to_string(),
        _ => format!("unexpected character: '{}'", b as char),
    };
    Fault(Code::InvalidCharacter, Span::new(at, at + 1), message)
}

fn unknown_escape(at: usize, b: u8) -> Fault {
    Fault(Code::InvalidEscape, Span::new(at, at + 2), format!("unknown escape: \\{}", b as char))
}

/// Which soft words are keywords: those that the file declares nowhere as a variable, function or parameter.
fn soft_keywords(tokens: &[Token]) -> [bool; SOFT_WORDS] {
    let mut keywords = [true; SOFT_WORDS];
    let mut open: Vec<Tok> = Vec::new();
    let mut before = Tok::Eof;
    for (i, token) in tokens.iter().enumerate() {
        match token.tok {
            Tok::LParen | Tok::LBrace | Tok::LBracket => open.push(token.tok),
            Tok::RParen | Tok::RBrace | Tok::RBracket => {
                open.pop();
            }
            Tok::Ident => {
                let declared = matches!(before, Tok::Let | Tok::Fn)
                    || tokens.get(i + 1).is_some_and(|t| t.tok == Tok::Colon) && open.last() == Some(&Tok::LParen);
                if let Some(word) = keywords.get_mut(token.data as usize)
                    && declared
                {
                    *word = false;
                }
            }
            _ => {}
        }
        before = token.tok;
    }
    keywords
}

impl Token {
    /// Its name, if it is an identifier.
    #[must_use]
    pub fn name(&self) -> Option<Name> {
        (self.tok == Tok::Ident).then_some(Name(self.data))
    }
}
