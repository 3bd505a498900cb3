//! Tokens.
//!
//! Invariants: the last token of a file is [`Tok::Eof`]; spans are byte ranges
//! in order and without overlap. An interpolated string is a run of tokens:
//! `StringStart`, the tokens of an expression, then `StringMid` and another
//! expression any number of times, then `StringEnd`.

use alloc::{string::String, vec::Vec};

use motet_source::Span;

use crate::names::Name;

macro_rules! tokens {
    (
        keywords { $($kw:ident $text:literal $kw_shown:literal,)* }
        others { $($(#[$doc:meta])* $tok:ident $shown:literal,)* }
    ) => {
        /// Kind of a token.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Tok {
            $(#[doc = concat!("The word `", $text, "`.")] $kw,)*
            $($(#[$doc])* $tok,)*
        }

        impl Tok {
            /// The keyword that `text` spells.
            #[must_use]
            pub fn keyword(text: &str) -> Option<Tok> {
                match text {
                    $($text => Some(Tok::$kw),)*
                    _ => None,
                }
            }

            /// The spelling, if this is a keyword.
            #[must_use]
            pub fn keyword_text(self) -> Option<&'static str> {
                match self {
                    $(Tok::$kw => Some($text),)*
                    _ => None,
                }
            }

            /// The name in token listings, such as `TOK_FUNC`.
            #[must_use]
            pub fn listed_as(self) -> &'static str {
                match self {
                    $(Tok::$kw => $kw_shown,)*
                    $(Tok::$tok => $shown,)*
                }
            }
        }
    };
}

tokens! {
    keywords {
        And "and" "TOK_AND", As "as" "TOK_AS", BitAnd "bitand" "TOK_BITAND", BitNot "bitnot" "TOK_BITNOT",
        BitOr "bitor" "TOK_BITOR", BitXor "bitxor" "TOK_BITXOR", Break "break" "TOK_BREAK", Case "case" "TOK_CASE",
        Const "const" "TOK_CONST", Continue "continue" "TOK_CONTINUE", Copy "copy" "TOK_COPY",
        Default "default" "TOK_DEFAULT", Defer "defer" "TOK_DEFER", Else "else" "TOK_ELSE", Enum "enum" "TOK_ENUM",
        Export "export" "TOK_EXPORT", Extern "extern" "TOK_EXTERN", False "false" "TOK_FALSE",
        Func "func" "TOK_FUNC", If "if" "TOK_IF", Import "import" "TOK_IMPORT", In "in" "TOK_IN", Is "is" "TOK_IS",
        Let "let" "TOK_LET", Loop "loop" "TOK_LOOP", Match "match" "TOK_MATCH", Mod "mod" "TOK_MOD",
        None "none" "TOK_NONE", Not "not" "TOK_NOT", Opt "opt" "TOK_OPT", Or "or" "TOK_OR", Own "own" "TOK_OWN",
        Pack "pack" "TOK_PACK", ParallelLoop "parallelLoop" "TOK_PARALLELLOOP", Priv "priv" "TOK_PRIV",
        Pub "pub" "TOK_PUB", Ret "ret" "TOK_RET", Shl "shl" "TOK_SHL", Shr "shr" "TOK_SHR",
        Spawn "spawn" "TOK_SPAWN", TaskScope "taskScope" "TOK_TASKSCOPE", True "true" "TOK_TRUE",
        Type "type" "TOK_TYPE", Val "val" "TOK_VAL", Var "var" "TOK_VAR", View "view" "TOK_VIEW",
    }
    others {
        /// `data`: the [`Name`].
        Ident "TOK_IDENT",
        /// `data`: index into [`Tokens::ints`].
        Int "TOK_INTEGER",
        /// `data`: index into [`Tokens::floats`].
        Float "TOK_FLOAT",
        /// `data`: index into [`Tokens::strings`].
        Str "TOK_STRING",
        /// `data`: index into [`Tokens::strings`].
        StringStart "TOK_STRING_START",
        /// `data`: index into [`Tokens::strings`].
        StringMid "TOK_STRING_MID",
        /// `data`: index into [`Tokens::strings`].
        StringEnd "TOK_STRING_END",
        /// `data`: index into [`Tokens::strings`].
        RawString "TOK_RAW_STRING",
        /// `data`: the code point.
        Char "TOK_CHAR",
        /// `=`
        Assign "TOK_ASSIGN",
        /// `=>`
        Arrow "TOK_ARROW",
        /// `+`
        Plus "TOK_PLUS",
        /// `-`
        Minus "TOK_MINUS",
        /// `*`
        Star "TOK_STAR",
        /// `/`
        Slash "TOK_SLASH",
        /// `%`
        Percent "TOK_PERCENT",
        /// `++`
        Inc "TOK_INC",
        /// `--`
        Dec "TOK_DEC",
        /// `<`
        Less "TOK_LESS",
        /// `>`
        Greater "TOK_GREATER",
        /// `<=`
        LessEq "TOK_LESS_EQUAL",
        /// `>=`
        GreaterEq "TOK_GREATER_EQUAL",
        /// `(`
        LParen "TOK_LPAREN",
        /// `)`
        RParen "TOK_RPAREN",
        /// `{`
        LBrace "TOK_LBRACE",
        /// `}`
        RBrace "TOK_RBRACE",
        /// `[`
        LBracket "TOK_LBRACKET",
        /// `]`
        RBracket "TOK_RBRACKET",
        /// `,`
        Comma "TOK_COMMA",
        /// `:`
        Colon "TOK_COLON",
        /// `.`
        Dot "TOK_DOT",
        /// End of the text.
        Eof "TOK_EOF",
    }
}

/// One token.
#[derive(Clone, Copy, Debug)]
pub struct Token {
    /// Kind.
    pub tok: Tok,
    /// Whether a line break stands between the previous token and this one.
    pub fresh_line: bool,
    /// Bytes of the text.
    pub span: Span,
    /// See the kinds; 0 where they say nothing.
    pub data: u32,
}

impl Token {
    /// The name, if this is an identifier.
    #[must_use]
    pub fn name(self) -> Option<Name> {
        (self.tok == Tok::Ident).then_some(Name(self.data))
    }
}

/// A lexed file.
#[derive(Debug, Default)]
pub struct Tokens {
    /// All tokens; the last is `Eof`.
    pub tokens: Vec<Token>,
    /// Values of integer literals.
    pub ints: Vec<i64>,
    /// Values of float literals.
    pub floats: Vec<f64>,
    /// Values of string literals and of the pieces of interpolated ones.
    pub strings: Vec<String>,
    /// Comments in order; a line comment ends before its line break.
    pub comments: Vec<Span>,
}
