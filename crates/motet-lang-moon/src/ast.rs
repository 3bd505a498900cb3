//! The syntax tree.
//!
//! Invariant: [`Expr::height`] is at most [`MAX_HEIGHT`]; operator and `else
//! if` chains count one per link, everything else three, so that recursion
//! over the tree (operator chains aside) is at most a third of that deep.

use alloc::{boxed::Box, vec::Vec};

use motet_source::Span;

use crate::names::Name;

/// Largest [`Expr::height`].
pub const MAX_HEIGHT: u16 = 900;

/// A name and where it stands.
#[derive(Clone, Copy, Debug)]
pub struct Ident {
    /// The name.
    pub name: Name,
    /// Its token.
    pub span: Span,
}

/// A whole file, or the inside of a block.
#[derive(Debug, Default)]
pub struct Sequence {
    /// Statements in order.
    pub stmts: Vec<Stmt>,
    /// The value of the sequence.
    pub tail: Option<Expr>,
}

/// `{ … }`.
#[derive(Debug)]
pub struct Block {
    /// Inside.
    pub body: Sequence,
    /// Both braces included.
    pub span: Span,
}

/// A statement.
#[derive(Debug)]
#[allow(missing_docs)]
pub enum Stmt {
    /// Span without `;`.
    Let {
        name: Ident,
        ty: Option<TypeExpr>,
        value: Expr,
        span: Span,
    },
    /// `op` for compound assignments. Span without `;`.
    Assign {
        target: Expr,
        op: Option<BinOp>,
        value: Expr,
        span: Span,
    },
    /// Span with `;`.
    Return {
        value: Option<Expr>,
        span: Span,
    },
    Fn(Box<FnDecl>),
    /// `bare`: accepted without `;` where upstream demands it. Span of the expression.
    Expr {
        value: Expr,
        bare: bool,
    },
    While {
        cond: Expr,
        body: Block,
        span: Span,
    },
    For(Box<For>),
    /// Span with `;`.
    Break(Span),
    /// Span with `;`.
    Continue(Span),
    Struct(Box<StructDecl>),
    Import(Box<Import>),
}

/// `for v in source { }` or `for v in source .. to { }`.
#[derive(Debug)]
#[allow(missing_docs)]
pub struct For {
    pub var: Ident,
    pub source: Expr,
    /// Upper bound, and whether it is included.
    pub to: Option<(Expr, bool)>,
    pub body: Block,
    pub span: Span,
}

/// A named function.
#[derive(Debug)]
#[allow(missing_docs)]
pub struct FnDecl {
    pub name: Ident,
    pub type_params: Vec<Ident>,
    pub func: Lambda,
}

/// Parameters, result and body of a function.
#[derive(Debug)]
#[allow(missing_docs)]
pub struct Lambda {
    pub params: Vec<Param>,
    pub result: TypeExpr,
    pub body: Block,
    /// `fn` … closing brace.
    pub span: Span,
}

/// A parameter.
#[derive(Debug)]
#[allow(missing_docs)]
pub struct Param {
    pub name: Ident,
    pub ty: TypeExpr,
    pub span: Span,
}

/// A struct declaration.
#[derive(Debug)]
#[allow(missing_docs)]
pub struct StructDecl {
    pub name: Ident,
    pub fields: Vec<(Ident, TypeExpr)>,
    pub span: Span,
}

/// An import; the path is an index into the file's strings.
#[derive(Debug)]
#[allow(missing_docs)]
pub struct Import {
    pub path: u32,
    pub alias: Option<Ident>,
    pub span: Span,
}

/// A type as written.
#[derive(Debug)]
pub struct TypeExpr {
    /// What.
    pub kind: TypeKind,
    /// The whole type.
    pub span: Span,
}

/// Forms of a type.
#[derive(Debug)]
#[allow(missing_docs)]
pub enum TypeKind {
    /// `module.Name<args>`; `args` is empty when there are no angle brackets.
    Named {
        module: Option<Ident>,
        name: Ident,
        args: Vec<TypeExpr>,
    },
    Optional(Box<TypeExpr>),
    Func {
        params: Vec<TypeExpr>,
        result: Box<TypeExpr>,
    },
}

/// An expression.
#[derive(Debug)]
pub struct Expr {
    /// What.
    pub kind: ExprKind,
    /// Where.
    pub span: Span,
    /// Weighted height, see the module.
    pub height: u16,
}

/// An object key: an identifier or an index into the file's strings.
#[derive(Clone, Copy, Debug)]
#[allow(missing_docs)]
pub enum Key {
    Ident(Name),
    Str(u32),
}

/// `if cond then else otherwise`.
#[derive(Debug)]
#[allow(missing_docs)]
pub struct If {
    pub cond: Expr,
    pub then: Block,
    /// A block or another `if`.
    pub otherwise: Option<Expr>,
}

/// `module.Name#{ … }`.
#[derive(Debug)]
#[allow(missing_docs)]
pub struct StructLit {
    pub module: Option<Ident>,
    pub name: Ident,
    pub fields: Vec<(Ident, Expr)>,
}

/// Forms of an expression.
#[derive(Debug)]
#[allow(missing_docs)]
pub enum ExprKind {
    Int(i64),
    Float(f64),
    Bool(bool),
    /// Index into the file's strings.
    Str(u32),
    Ident(Name),
    Group(Box<Expr>),
    Unary(UnOp, Box<Expr>),
    Binary(BinOp, Box<Expr>, Box<Expr>),
    Call(Box<Expr>, Vec<Expr>),
    Index(Box<Expr>, Box<Expr>),
    Field(Box<Expr>, Ident),
    Array(Vec<Expr>),
    Object(Vec<(Key, Span, Expr)>),
    StructLit(Box<StructLit>),
    Block(Box<Block>),
    If(Box<If>),
    Lambda(Box<Lambda>),
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
    Mod,
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
    And,
    Or,
}

impl Expr {
    /// The expression without parentheses around it.
    #[must_use]
    pub fn ungroup(&self) -> &Expr {
        let mut e = self;
        while let ExprKind::Group(inner) = &e.kind {
            e = inner;
        }
        e
    }
}
