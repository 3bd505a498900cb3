//! Tokens: what the lexer hands to the parser.
//!
//! Invariant: [`Tok::debug`] prints the form that syntax errors quote.

use alloc::{
    format,
    string::{String, ToString},
    vec::Vec,
};

use motet_source::Span;

use crate::symbol::{Interner, Sym};

macro_rules! words {
    ($(#[$doc:meta])* $enum:ident { $($name:ident $text:literal)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[allow(missing_docs)]
        pub enum $enum { $($name),* }

        impl $enum {
            /// As written.
            #[must_use]
            pub fn text(self) -> &'static str {
                match self { $($enum::$name => $text),* }
            }

            /// The one written like this.
            #[must_use]
            pub fn from_text(text: &str) -> Option<Self> {
                match text { $($text => Some($enum::$name),)* _ => None }
            }
        }
    };
}

words! {
    /// Reserved words.
    Kw {
        Let "let" Mut "mut" Const "const" Func "func" Enum "enum" Return "return" Match "match" Case "case"
        Default "default" If "if" Else "else" Loop "loop" While "while" For "for" In "in" Break "break"
        Continue "continue" Try "try" Except "except" Int "int" Float "float" String "string" Bool "bool"
        Import "import" Export "export" From "from" Struct "struct" Impl "impl" SelfWord "self" Null "null"
        Spawn "spawn" Test "test" TestSetup "test_setup" TestTeardown "test_teardown" TestGroup "test_group"
        Yield "yield" Async "async" Await "await"
    }
}

words! {
    /// Operators.
    Op {
        Colonq ":=" Assign "=" Eq "==" Ne "!=" Lt "<" Le "<=" Gt ">" Ge ">=" Plus "+" Minus "-" Star "*"
        Slash "/" Percent "%" PlusEq "+=" MinusEq "-=" StarEq "*=" SlashEq "/=" PercentEq "%=" Not "!"
        AndAnd "&&" OrOr "||" Coalesce "??" OptDot "?." Question "?" Pipe "|>" Arrow "->" Path "::"
        Ellipsis "..." Dot "." And "&" Or "|"
    }
}

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Tok {
    /// End of the text.
    Eof,
    /// A name.
    Ident(Sym),
    /// A reserved word.
    Keyword(Kw),
    /// An integer literal.
    Int(i64),
    /// A float literal.
    Float(f64),
    /// A string literal: index into [`Lexed::strings`].
    Str(u32),
    /// `true` or `false`.
    Bool(bool),
    /// An operator.
    Op(Op),
    /// One of `( ) { } [ ] , ; :`.
    Punct(u8),
}

/// A token and its place.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Token {
    /// What it is.
    pub tok: Tok,
    /// Its bytes.
    pub span: Span,
}

/// A string literal.
#[derive(Clone, Debug, PartialEq)]
pub enum StrLit {
    /// Without interpolation.
    Plain(String),
    /// With interpolation.
    Pieces(Vec<StrPiece>),
}

/// A part of an interpolated string.
#[derive(Clone, Debug, PartialEq)]
pub enum StrPiece {
    /// Literal text.
    Text(String),
    /// The tokens of an expression, ending in [`Tok::Eof`].
    Tokens(Vec<Token>),
}

/// The result of lexing one file.
#[derive(Clone, Debug, Default)]
pub struct Lexed {
    /// All tokens; the last is [`Tok::Eof`].
    pub tokens: Vec<Token>,
    /// String literals by index.
    pub strings: Vec<StrLit>,
    /// Lexical errors in source order.
    pub errors: Vec<motet_source::Diagnostic>,
}

impl Tok {
    /// The form that syntax errors quote, such as `Identifier("x")`.
    #[must_use]
    pub fn debug(self, names: &Interner, strings: &[StrLit]) -> String {
        match self {
            Tok::Eof => "Eof".to_string(),
            Tok::Ident(sym) => format!("Identifier({:?})", names.text(sym)),
            Tok::Keyword(kw) => format!("Keyword({:?})", kw.text()),
            Tok::Int(n) => format!("Int({n})"),
            Tok::Float(x) => format!("Float({x:?})"),
            Tok::Str(i) => match strings.get(i as usize) {
                Some(StrLit::Plain(s)) => format!("String({s:?})"),
                Some(StrLit::Pieces(_)) | None => "InterpolatedString".to_string(),
            },
            Tok::Bool(b) => format!("Bool({b})"),
            Tok::Op(op) => format!("Operator({:?})", op.text()),
            Tok::Punct(c) => format!("Punctuation({:?})", c as char),
        }
    }
}
