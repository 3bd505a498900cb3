//! The syntax tree. It borrows names and plain texts from the source text.
//!
//! Invariants: the tree of an expression is at most [`MAX_HEIGHT`] high, and
//! blocks nest at most [`MAX_NESTING`] deep, so that walkers may recurse.

use alloc::{boxed::Box, vec::Vec};

use motet_source::Span;

use crate::Phrase;

/// Largest height of an expression tree.
pub const MAX_HEIGHT: usize = 400;

/// Deepest nesting of blocks.
pub const MAX_NESTING: usize = 200;

/// A name and where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ident<'a> {
    /// The name.
    pub text: &'a str,
    /// Its place.
    pub span: Span,
}

/// A whole file: what stands between `Start Program` and `End Program`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Program<'a> {
    /// Statements in order.
    pub body: Vec<Stmt<'a>>,
}

/// A statement.
#[derive(Clone, Debug, PartialEq)]
pub struct Stmt<'a> {
    /// What it does.
    pub kind: StmtKind<'a>,
    /// Its first line, without surrounding blanks.
    pub span: Span,
}

/// What a statement does.
#[derive(Clone, Debug, PartialEq)]
pub enum StmtKind<'a> {
    /// `Write e`. The file forms `Write c to file at p`, `Append c to file at p`, `Delete file at p` are `Write` of the
    /// phrase that does it.
    Write(Expr<'a>),
    /// `Ask for x`, with an optional prompt; `number`: `expect Number` was given.
    Ask {
        /// The variable.
        name: Ident<'a>,
        /// Text to show, without a line break.
        prompt: Option<Expr<'a>>,
        /// Whether the answer must be a number.
        number: bool,
    },
    /// `Set x to e`.
    Set(Ident<'a>, Expr<'a>),
    /// `Increase x by e`, `Decrease x by e` ([`BinOp::Add`], [`BinOp::Sub`]).
    Change(Ident<'a>, BinOp, Expr<'a>),
    /// `If c Write a Otherwise Write b` in one line: prints function values as such.
    Choose {
        /// The condition.
        cond: Expr<'a>,
        /// Written if it is true.
        then: Expr<'a>,
        /// Written if it is not.
        otherwise: Option<Expr<'a>>,
    },
    /// A block `If`.
    If {
        /// The condition.
        cond: Expr<'a>,
        /// Statements if it is true.
        then: Vec<Stmt<'a>>,
        /// Statements if it is not.
        otherwise: Vec<Stmt<'a>>,
    },
    /// `While c … End`.
    While(Expr<'a>, Vec<Stmt<'a>>),
    /// `Repeat n times … End`.
    Repeat(Expr<'a>, Vec<Stmt<'a>>),
    /// `Make f with …`, `Define function f …`.
    Define(Box<Function<'a>>),
    /// `Use f with …`, `Call f with …`: a call whose result is printed, even an empty text.
    Use(Call<'a>),
    /// `Return e`, `Return`.
    Return(Option<Expr<'a>>),
    /// `try this:`.
    Try {
        /// What is tried.
        body: Vec<Stmt<'a>>,
        /// Handlers in order.
        handlers: Vec<Handler<'a>>,
        /// `finally:`.
        finally: Option<Vec<Stmt<'a>>>,
    },
    /// `throw e`.
    Throw(Expr<'a>),
    /// `Import "path"`.
    Import {
        /// The path as written.
        path: &'a str,
        /// Its place, with the quotes.
        span: Span,
    },
    /// `Import system "name" as alias exposing a, b`.
    ImportSystem {
        /// The module's name.
        name: Ident<'a>,
        /// `as alias`.
        alias: Option<Ident<'a>>,
        /// `exposing a, b and c`.
        exposing: Vec<Ident<'a>>,
    },
    /// `Create web server on port N` as a statement: sets the global `server`.
    CreateServer(Expr<'a>),
    /// `Add route p with method m to server:` and the indented handler.
    AddRoute {
        /// The path.
        path: Expr<'a>,
        /// The method.
        method: Expr<'a>,
        /// The handler.
        handler: Vec<Stmt<'a>>,
    },
    /// `Add middleware "type" with key value and key value to server`.
    AddMiddleware {
        /// Kind of middleware.
        kind: Ident<'a>,
        /// Settings in order.
        config: Vec<(Ident<'a>, Expr<'a>)>,
    },
    /// `Serve static files from d`.
    ServeStatic(Expr<'a>),
    /// `Start server`.
    StartServer,
}

/// `if error of type "T" as e` and its statements.
#[derive(Clone, Debug, PartialEq)]
pub struct Handler<'a> {
    /// The kind that it handles, without quotes; all kinds if none.
    pub kind: Option<&'a str>,
    /// The variable that gets the text of the error.
    pub name: Option<Ident<'a>>,
    /// Statements.
    pub body: Vec<Stmt<'a>>,
    /// Its first line.
    pub span: Span,
}

/// A function definition.
#[derive(Clone, Debug, PartialEq)]
pub struct Function<'a> {
    /// Its name.
    pub name: Ident<'a>,
    /// Parameters in order.
    pub params: Vec<Param<'a>>,
    /// What it does.
    pub body: Body<'a>,
    /// From the first line to the end of the definition.
    pub span: Span,
}

/// A parameter, with a default that is computed at each call that leaves it out.
#[derive(Clone, Debug, PartialEq)]
pub struct Param<'a> {
    /// Its name.
    pub name: Ident<'a>,
    /// `set to e`, `defaulting to e`.
    pub default: Option<Expr<'a>>,
}

/// The two sorts of functions.
#[derive(Clone, Debug, PartialEq)]
pub enum Body<'a> {
    /// `… Write e`, `… as e`: the value of an expression.
    Expr(Expr<'a>),
    /// Statements up to `End`.
    Block(Vec<Stmt<'a>>),
}

/// An expression.
#[derive(Clone, Debug, PartialEq)]
pub struct Expr<'a> {
    /// What it computes.
    pub kind: ExprKind<'a>,
    /// Its text.
    pub span: Span,
}

/// What an expression computes.
#[derive(Clone, Debug, PartialEq)]
pub enum ExprKind<'a> {
    /// A number.
    Number(f64),
    /// A text, without its quotes.
    Text(&'a str),
    /// `True`, `False`.
    Bool(bool),
    /// `None`, `Null`, `Nothing`.
    Nothing,
    /// A name. Unbound ones are no error.
    Name(&'a str),
    /// `Make a list of …`.
    List(Vec<Expr<'a>>),
    /// `Make a dictionary with …`, keys and values in order.
    Dictionary(Vec<(Ident<'a>, Expr<'a>)>),
    /// Arithmetic and comparison.
    Binary(BinOp, Box<Expr<'a>>, Box<Expr<'a>>),
    /// `a and b`.
    And(Box<Expr<'a>>, Box<Expr<'a>>),
    /// `a or b`.
    Or(Box<Expr<'a>>, Box<Expr<'a>>),
    /// `not a`.
    Not(Box<Expr<'a>>),
    /// `base[index]`.
    Index(Box<Expr<'a>>, Box<Expr<'a>>),
    /// `f with a, b`, `f(a, b)`, `alias::f(a)`.
    Call(Call<'a>),
    /// A built-in phrase; as many operands as [`Phrase::operands`] says.
    Phrase(Phrase, Vec<Expr<'a>>),
    /// `error of type T with message m`; the kind is literal text.
    Error(&'a str, Box<Expr<'a>>),
}

/// A call by name.
#[derive(Clone, Debug, PartialEq)]
pub struct Call<'a> {
    /// `alias` of `alias::f(…)`.
    pub module: Option<Ident<'a>>,
    /// What is called.
    pub name: Ident<'a>,
    /// Arguments in order.
    pub args: Vec<Expr<'a>>,
}

/// Operators.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum BinOp {
    Add,
    Sub,
    Mul,
    Div,
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
}
