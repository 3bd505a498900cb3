//! The syntax tree of one file.
//!
//! Invariants: [`Expr::height`] bounds the depth of an expression's tree
//! (function bodies start afresh), so that later walkers may recurse; `else
//! if` chains are flat.

use alloc::{boxed::Box, string::String, vec::Vec};

use motet_source::Span;

use crate::symbol::{NameSet, Sym};

/// One parsed file.
#[derive(Clone, Debug, Default)]
pub struct Program {
    /// Top-level statements.
    pub stmts: Vec<Stmt>,
    /// Names that functions of this file assign without declaring them.
    pub assigned_in_functions: NameSet<Sym>,
    /// Modules that the file imports, in order.
    pub imports: Vec<Sym>,
    /// Per import, in order: the module and the names taken; `None` for all.
    pub imported: Vec<(Sym, Option<Vec<Sym>>)>,
    /// Structs that the file declares, wherever.
    pub structs: NameSet<Sym>,
    /// Some struct has methods that overload operators.
    pub overloads_operators: bool,
}

/// Statements in braces.
#[derive(Clone, Debug, Default)]
pub struct Block {
    /// In order.
    pub stmts: Vec<Stmt>,
    /// From brace to brace.
    pub span: Span,
}

/// A statement.
#[derive(Clone, Debug)]
pub struct Stmt {
    /// What it does.
    pub kind: StmtKind,
    /// Its bytes.
    pub span: Span,
}

/// How a declaration was introduced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeclKind {
    /// `let`, or a destructuring without keyword: immutable.
    Let,
    /// `mut`.
    Mut,
    /// `const`.
    Const,
}

/// What a statement does.
#[derive(Clone, Debug)]
pub enum StmtKind {
    /// `let p := e` and relatives.
    Declare(DeclKind, Pattern, Expr),
    /// `target := e`, or `target op= e`. The target is a name, field or element.
    Assign(Expr, Option<BinOp>, Expr),
    /// `func name(…) { … }`.
    Func(Box<Func>),
    /// `struct Name { … }`.
    Struct(Box<StructDecl>),
    /// `enum Name { … }`.
    Enum(Sym, Vec<Sym>),
    /// Conditions with their bodies, then the `else` body.
    If(Vec<(Expr, Block)>, Option<Block>),
    /// `while c { … }` or `loop while c { … }`.
    While(Expr, Block),
    /// `loop { … }`.
    Loop(Block),
    /// `for v in e { … }`.
    For(Sym, Expr, Block),
    /// `match e { … }`: cases, then the default body.
    Match(Expr, Vec<Case>, Option<Block>),
    /// `try { … } except name { … }`.
    Try(Block, Sym, Block),
    /// `return e`.
    Return(Option<Expr>),
    /// `break`.
    Break,
    /// `continue`.
    Continue,
    /// `import m`, or `from m import names`. The module name may be dotted.
    Import(Sym, Option<Vec<Sym>>),
    /// `export statement`.
    Export(Box<Stmt>),
    /// `spawn { … }`.
    Spawn(Block),
    /// `test "name" { … }`.
    Test(String, Block),
    /// `test_group "name" { … }`.
    TestGroup(String, Block),
    /// `test_setup { … }`.
    TestSetup(Block),
    /// `test_teardown { … }`.
    TestTeardown(Block),
    /// An expression for its effect.
    Expr(Expr),
}

/// A function, named or not.
#[derive(Clone, Debug)]
pub struct Func {
    /// Name, if it has one.
    pub name: Option<Sym>,
    /// Parameters with their places.
    pub params: Vec<(Sym, Span)>,
    /// The body.
    pub body: Block,
    /// `async`, or the body awaits.
    pub is_async: bool,
    /// `func*`.
    pub is_generator: bool,
    /// The whole declaration.
    pub span: Span,
}

/// A struct declaration.
#[derive(Clone, Debug)]
pub struct StructDecl {
    /// Its name.
    pub name: Sym,
    /// Field names in order.
    pub fields: Vec<Sym>,
    /// Methods in order.
    pub methods: Vec<Func>,
}

/// A destructuring pattern.
#[derive(Clone, Debug)]
pub enum Pattern {
    /// Binds a name.
    Name(Sym, Span),
    /// `_`.
    Skip,
    /// By position; the rest, if wanted.
    Array(Vec<Pattern>, Option<Sym>),
    /// By key; the rest, if wanted.
    Dict(Vec<Sym>, Option<Sym>),
}

/// One `case` of a `match`.
#[derive(Clone, Debug)]
pub struct Case {
    /// What it matches.
    pub pattern: CasePattern,
    /// `if` condition.
    pub guard: Option<Expr>,
    /// What it runs.
    pub body: Block,
    /// Place of the pattern.
    pub span: Span,
}

/// The constructors with a meaning of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ctor {
    /// `Ok(v)`.
    Ok,
    /// `Err(v)`.
    Err,
    /// `Some(v)`.
    Some,
    /// `None`.
    None,
}

impl Ctor {
    /// The name that values print.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Ctor::Ok => "Ok",
            Ctor::Err => "Err",
            Ctor::Some => "Some",
            Ctor::None => "None",
        }
    }
}

/// A pattern of a `case`.
#[derive(Clone, Debug)]
pub enum CasePattern {
    /// `_`: anything.
    Any,
    /// A name inside another pattern: anything, bound.
    Bind(Sym),
    /// `null`.
    Null,
    /// A boolean.
    Bool(bool),
    /// An integer.
    Int(i64),
    /// A float.
    Float(f64),
    /// A string literal, or a bare name standing alone, which matches its own text.
    Text(String),
    /// A result or option; the text as written, which an equal string also matches when no
    /// payload pattern is given.
    Ctor(Ctor, String, Option<Vec<CasePattern>>),
    /// A tagged value, likewise.
    Tag(String, Option<Vec<CasePattern>>),
    /// An array of this many elements; of at least this many with a rest (`Some(None)`: unnamed).
    Array(Vec<CasePattern>, Option<Option<Sym>>),
    /// A dictionary with these keys; the other entries.
    Dict(Vec<(String, CasePattern)>, Option<Option<Sym>>),
    /// Any of these.
    Alternatives(Vec<CasePattern>),
}

/// An expression.
#[derive(Clone, Debug)]
pub struct Expr {
    /// What it is.
    pub kind: ExprKind,
    /// Its bytes.
    pub span: Span,
    /// Bound on the depth of the tree that it lowers to.
    pub height: u16,
}

/// Prefix operators.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum UnOp {
    Neg,
    Not,
}

/// Infix operators.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum BinOp {
    Add,
    Sub,
    Mul,
    Div,
    Rem,
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
    And,
    Or,
    Coalesce,
    Pipe,
}

impl BinOp {
    /// As written.
    #[must_use]
    pub fn text(self) -> &'static str {
        match self {
            BinOp::Add => "+",
            BinOp::Sub => "-",
            BinOp::Mul => "*",
            BinOp::Div => "/",
            BinOp::Rem => "%",
            BinOp::Eq => "==",
            BinOp::Ne => "!=",
            BinOp::Lt => "<",
            BinOp::Le => "<=",
            BinOp::Gt => ">",
            BinOp::Ge => ">=",
            BinOp::And => "&&",
            BinOp::Or => "||",
            BinOp::Coalesce => "??",
            BinOp::Pipe => "|>",
        }
    }
}

/// An argument or array element.
#[derive(Clone, Debug)]
pub struct Item {
    /// The value.
    pub expr: Expr,
    /// Whether it is preceded by `...`.
    pub spread: bool,
}

/// An entry of a dictionary literal.
#[derive(Clone, Debug)]
pub enum Entry {
    /// Key and value.
    Pair(Expr, Expr),
    /// `...d`.
    Spread(Expr),
}

/// A part of an interpolated string.
#[derive(Clone, Debug)]
pub enum Piece {
    /// Literal text.
    Text(String),
    /// A value.
    Value(Expr),
}

/// What an expression is.
#[derive(Clone, Debug)]
pub enum ExprKind {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// An integer.
    Int(i64),
    /// A float.
    Float(f64),
    /// A string without interpolation.
    Str(String),
    /// A string with interpolation.
    Interpolation(Vec<Piece>),
    /// A variable, `self` included.
    Name(Sym),
    /// `Ok(e)`, `Err(e)`, `Some(e)`, `None`.
    Ctor(Ctor, Option<Box<Expr>>),
    /// `N::T` or `N::T(args)`.
    Tag(String, Vec<Item>),
    /// `throw(args)`.
    Throw(Vec<Item>),
    /// Prefix operator.
    Unary(UnOp, Box<Expr>),
    /// Infix operator.
    Binary(BinOp, Box<Expr>, Box<Expr>),
    /// `f(args)`.
    Call(Box<Expr>, Vec<Item>),
    /// `e.name(args)`.
    Method(Box<Expr>, Sym, Vec<Item>),
    /// `e.name`.
    Field(Box<Expr>, Sym),
    /// `e?.name`.
    OptField(Box<Expr>, Sym),
    /// `e?`.
    Try(Box<Expr>),
    /// `e[i]`.
    Index(Box<Expr>, Box<Expr>),
    /// `Name { field: e }`.
    Struct(Sym, Vec<(Sym, Expr)>),
    /// `[e, ...e]`.
    Array(Vec<Item>),
    /// `{k: v, ...d}`.
    Dict(Vec<Entry>),
    /// A function expression.
    Func(Box<Func>),
    /// `yield e`.
    Yield(Option<Box<Expr>>),
    /// `await e`.
    Await(Box<Expr>),
}
