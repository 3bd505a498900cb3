//! The syntax tree of both surfaces, Recorz and SOM. It borrows names from the source text.
//!
//! Invariants: trees are at most [`MAX_HEIGHT`] high, and blocks nest at most [`MAX_NESTING`] deep, so that walkers may
//! recurse.

use alloc::{borrow::Cow, boxed::Box, string::String, vec::Vec};

use motet_source::Span;

/// Largest height of an expression tree; a chain of messages counts one per message.
pub const MAX_HEIGHT: usize = 600;

/// Deepest nesting of brackets.
pub const MAX_NESTING: usize = 120;

/// A name and where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ident<'a> {
    /// The name.
    pub text: &'a str,
    /// Its place.
    pub span: Span,
}

/// Temporaries and statements: a do-it, or the inside of a method or block.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Body<'a> {
    /// `| a b |`.
    pub temporaries: Vec<Ident<'a>>,
    /// In order.
    pub statements: Vec<Statement<'a>>,
}

/// A statement.
#[derive(Clone, Debug, PartialEq)]
pub struct Statement<'a> {
    /// Whether it begins with `^`.
    pub returns: bool,
    /// What it computes.
    pub value: Expr<'a>,
}

/// A method.
#[derive(Clone, Debug, PartialEq)]
pub struct Method<'a> {
    /// Such as `foo`, `+` or `at:put:`.
    pub selector: String,
    /// Names of the arguments.
    pub params: Vec<Ident<'a>>,
    /// `<primitive: …>`, or `primitive` as the body of a SOM method.
    pub primitive: bool,
    /// What it does.
    pub body: Body<'a>,
    /// Its source text.
    pub source: &'a str,
    /// Place of the source text.
    pub span: Span,
}

/// An expression.
#[derive(Clone, Debug, PartialEq)]
pub struct Expr<'a> {
    /// What it computes.
    pub kind: ExprKind<'a>,
    /// Its text. Of a message: the selector's, from its first part to the last argument.
    pub span: Span,
}

/// What an expression computes.
#[derive(Clone, Debug, PartialEq)]
pub enum ExprKind<'a> {
    /// A literal.
    Literal(Literal<'a>),
    /// A variable, or one of the reserved words.
    Name(&'a str),
    /// `a := value`.
    Assign(Ident<'a>, Box<Expr<'a>>),
    /// A message; to `super` if the receiver is that name.
    Send(Box<Expr<'a>>, Message<'a>),
    /// Messages to one receiver, which is that of the last message of the first part.
    Cascade(Box<Expr<'a>>, Vec<Message<'a>>),
    /// `[ … ]`.
    Block(Block<'a>),
    /// `{ … }`.
    Brace(Vec<Expr<'a>>),
}

/// A selector with its arguments.
#[derive(Clone, Debug, PartialEq)]
pub struct Message<'a> {
    /// Such as `foo`, `+` or `at:put:`.
    pub selector: Cow<'a, str>,
    /// In order.
    pub args: Vec<Expr<'a>>,
    /// Place of the message.
    pub span: Span,
}

/// A block.
#[derive(Clone, Debug, PartialEq)]
pub struct Block<'a> {
    /// Names of the arguments.
    pub params: Vec<Ident<'a>>,
    /// What it does.
    pub body: Body<'a>,
}

/// A literal.
#[derive(Clone, Debug, PartialEq)]
pub enum Literal<'a> {
    /// `nil`, `true`, `false` within literal arrays.
    Nil,
    /// A truth value within literal arrays.
    Bool(bool),
    /// An integer that fits.
    Int(i64),
    /// A larger one: sign, base and digits.
    Large(bool, u32, &'a str),
    /// A float.
    Float(f64),
    /// `3.14s2`: the digits without the point, how many of them are behind it, and the scale.
    Scaled(String, u32, u32),
    /// `$c`.
    Char(char),
    /// `'text'`.
    Str(Cow<'a, str>),
    /// `#name`.
    Symbol(Cow<'a, str>),
    /// `#( … )`.
    Array(Vec<Literal<'a>>),
    /// `#[ … ]`.
    Bytes(Vec<u8>),
}
