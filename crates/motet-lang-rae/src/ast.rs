//! The syntax tree.
//!
//! Invariants: [`Expr::height`] is at most [`MAX_HEIGHT`]; operator and postfix
//! chains count one per link, everything else three, so that recursion over
//! bracketed parts is at most a third of that deep. Blocks nest at most
//! [`crate::parser::MAX_NESTING`] deep; `else if` chains are flat.

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

/// A whole file.
#[derive(Debug, Default)]
#[allow(missing_docs)]
pub struct Unit {
    pub directives: Vec<Directive>,
    pub decls: Vec<Decl>,
}

/// What a directive does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum DirectiveKind {
    Import,
    Open,
    Export,
    CHeader,
}

/// `import path as alias` and its kin.
#[derive(Debug)]
#[allow(missing_docs)]
pub struct Directive {
    pub kind: DirectiveKind,
    /// The path as written, without quotes.
    pub path: Name,
    pub alias: Option<Ident>,
    pub span: Span,
}

/// A declaration at the top of a file.
#[derive(Debug)]
#[allow(missing_docs)]
pub enum Decl {
    Type(TypeDecl),
    Enum(EnumDecl),
    Func(Box<FuncDecl>),
    Global(Binding),
}

/// `type Name(T: type): props { fields }`.
#[derive(Debug)]
#[allow(missing_docs)]
pub struct TypeDecl {
    pub name: Ident,
    pub type_params: Vec<Ident>,
    pub props: Vec<Ident>,
    pub fields: Vec<Field>,
    pub span: Span,
}

/// A field with its default.
#[derive(Debug)]
#[allow(missing_docs)]
pub struct Field {
    pub name: Ident,
    pub ty: TypeRef,
    pub default: Option<Expr>,
}

/// `enum Name { members }`.
#[derive(Debug)]
#[allow(missing_docs)]
pub struct EnumDecl {
    pub name: Ident,
    pub members: Vec<Ident>,
    pub span: Span,
}

/// A function.
#[derive(Debug)]
pub struct FuncDecl {
    /// Name.
    pub name: Ident,
    /// `T: type` parameters; they come first.
    pub type_params: Vec<Ident>,
    /// Value parameters.
    pub params: Vec<Param>,
    /// Whether the host provides it.
    pub is_extern: bool,
    /// C symbol of an `extern("…")`, as an index into the file's strings.
    pub symbol: Option<u32>,
    /// Other words between parameters and result; without effect.
    pub modifiers: Vec<Ident>,
    /// Results with their labels; usually none or one.
    pub results: Vec<(Option<Ident>, TypeRef)>,
    /// Absent for natives.
    pub body: Option<Block>,
    /// `func` … end of the signature.
    pub span: Span,
}

/// A value parameter.
#[derive(Debug)]
#[allow(missing_docs)]
pub struct Param {
    pub name: Ident,
    pub ty: TypeRef,
}

/// How a value is held or handed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Mode {
    View,
    Mod,
    Val,
    Own,
    Copy,
}

impl Mode {
    /// The keyword.
    #[must_use]
    pub fn text(self) -> &'static str {
        match self {
            Mode::View => "view",
            Mode::Mod => "mod",
            Mode::Val => "val",
            Mode::Own => "own",
            Mode::Copy => "copy",
        }
    }

    /// Whether this is a reference.
    #[must_use]
    pub fn is_reference(self) -> bool {
        matches!(self, Mode::View | Mode::Mod)
    }
}

/// A type as written.
#[derive(Debug)]
#[allow(missing_docs)]
pub struct TypeRef {
    pub optional: bool,
    pub mode: Option<Mode>,
    /// Several identifiers of one line are one name, joined by blanks.
    pub name: Ident,
    pub args: Vec<TypeArg>,
    pub span: Span,
}

impl TypeRef {
    /// Whether it is `view T` or `mod T`, also under `opt`.
    #[must_use]
    pub fn is_reference(&self) -> bool {
        self.mode.is_some_and(Mode::is_reference)
    }
}

/// An argument of a generic type.
#[derive(Debug)]
#[allow(missing_docs)]
pub enum TypeArg {
    Type(TypeRef),
    /// `cap: 16`.
    Value(Ident, Box<Expr>),
}

/// `{ … }`.
#[derive(Debug)]
pub struct Block {
    /// Inside.
    pub stmts: Vec<Stmt>,
    /// Both braces included.
    pub span: Span,
}

/// Which word introduced a binding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum BindingKind {
    Let,
    Var,
    Const,
}

impl BindingKind {
    /// The keyword.
    #[must_use]
    pub fn text(self) -> &'static str {
        match self {
            BindingKind::Let => "let",
            BindingKind::Var => "var",
            BindingKind::Const => "const",
        }
    }
}

/// `let name: T = value`; for reference types `=>`.
#[derive(Debug)]
#[allow(missing_docs)]
pub struct Binding {
    pub kind: BindingKind,
    pub name: Ident,
    pub ty: Option<TypeRef>,
    pub value: Option<Expr>,
    /// Place of `=` or `=>`.
    pub sign: Span,
    /// The keyword.
    pub span: Span,
}

/// A statement.
#[derive(Debug)]
pub struct Stmt {
    /// What.
    pub kind: StmtKind,
    /// Its first token; for assignments the `=`.
    pub span: Span,
}

/// Forms of a statement.
#[derive(Debug)]
#[allow(missing_docs)]
pub enum StmtKind {
    Binding(Binding),
    /// Local name, label of the result; the call.
    Destructure(Vec<(Ident, Ident)>, Expr),
    Ret(Vec<(Option<Ident>, Expr)>),
    If(If),
    Loop(Loop),
    Break,
    Continue,
    Match(Match),
    Defer(Block),
    TaskScope(Block),
    Assign(Expr, Expr),
    Expr(Expr),
}

/// `if … else if … else …`.
#[derive(Debug)]
#[allow(missing_docs)]
pub struct If {
    /// At least one.
    pub arms: Vec<(Cond, Block)>,
    pub otherwise: Option<Block>,
}

/// What an `if` tests.
#[derive(Debug)]
#[allow(missing_docs)]
pub enum Cond {
    Expr(Expr),
    /// Always with a value; without a type the checker complains.
    Let(Binding),
}

/// `loop` and `parallelLoop`.
#[derive(Debug)]
#[allow(missing_docs)]
pub struct Loop {
    pub parallel: bool,
    pub head: LoopHead,
    pub body: Block,
}

/// What a loop does before each turn.
#[derive(Debug)]
#[allow(missing_docs)]
pub enum LoopHead {
    While(Expr),
    /// Initial binding or expression, condition, step.
    Count(Box<LoopInit>, Expr, Expr),
    /// Variable, its type, the list.
    Each(Ident, Option<TypeRef>, Expr),
}

/// The first part of a C-style loop.
#[derive(Debug)]
#[allow(missing_docs)]
pub enum LoopInit {
    Binding(Binding),
    Expr(Expr),
}

/// The statement `match`.
#[derive(Debug)]
#[allow(missing_docs)]
pub struct Match {
    pub subject: Expr,
    pub arms: Vec<(Vec<Expr>, Block)>,
    /// Place of the word `default`, and its block.
    pub otherwise: Option<(Span, Block)>,
}

/// An expression.
#[derive(Debug)]
pub struct Expr {
    /// What.
    pub kind: ExprKind,
    /// Where problems are shown: the first token, for binary operators the operator, for method calls the
    /// `(`, for indexing the `]`.
    pub span: Span,
    /// Weighted height, see the module.
    pub height: u16,
}

/// A call argument.
#[derive(Debug)]
#[allow(missing_docs)]
pub struct Arg {
    pub name: Option<Ident>,
    pub value: Expr,
}

/// A piece of an interpolated string.
#[derive(Debug)]
#[allow(missing_docs)]
pub enum Piece {
    /// Index into the file's strings.
    Text(u32),
    Expr(Expr),
}

/// The inside of `{ … }` as a value.
#[derive(Debug)]
#[allow(missing_docs)]
pub enum LiteralBody {
    /// `{}`: a default value, an empty list or map.
    Empty,
    Fields(Vec<(Ident, Expr)>),
    Elements(Vec<Expr>),
}

/// Forms of an expression.
#[derive(Debug)]
#[allow(missing_docs)]
pub enum ExprKind {
    Int(i64),
    Float(f64),
    /// Index into the file's strings.
    Str(u32),
    Interpolated(Vec<Piece>),
    /// Code point.
    Char(u32),
    Bool(bool),
    None,
    Ident(Name),
    Group(Box<Expr>),
    Unary(UnOp, Box<Expr>),
    /// `++` and `--` behind the operand.
    Postfix(UnOp, Box<Expr>),
    Binary(BinOp, Box<Expr>, Box<Expr>),
    Cast(Box<Expr>, Box<TypeRef>),
    Call(Box<Expr>, Vec<Arg>),
    /// Receiver, name, arguments.
    Method(Box<Expr>, Ident, Vec<Arg>),
    Field(Box<Expr>, Ident),
    Index(Box<Expr>, Box<Expr>),
    /// `Name(T) { … }`, or `{ … }` where the context gives the type.
    Literal(Option<Box<TypeRef>>, LiteralBody),
    /// `[ … ]`.
    List(Vec<Expr>),
    Match(Box<MatchExpr>),
}

/// The expression `match`.
#[derive(Debug)]
#[allow(missing_docs)]
pub struct MatchExpr {
    pub subject: Expr,
    pub arms: Vec<(Expr, Expr)>,
    pub otherwise: Option<Expr>,
}

/// Prefix operators.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum UnOp {
    Neg,
    Not,
    BitNot,
    Spawn,
    View,
    Mod,
    Own,
    Inc,
    Dec,
}

impl UnOp {
    /// The spelling.
    #[must_use]
    pub fn text(self) -> &'static str {
        match self {
            UnOp::Neg => "-",
            UnOp::Not => "not",
            UnOp::BitNot => "bitnot",
            UnOp::Spawn => "spawn",
            UnOp::View => "view",
            UnOp::Mod => "mod",
            UnOp::Own => "own",
            UnOp::Inc => "++",
            UnOp::Dec => "--",
        }
    }
}

/// Infix operators.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum BinOp {
    Or,
    And,
    Is,
    IsNot,
    Lt,
    Gt,
    Le,
    Ge,
    Add,
    Sub,
    Mul,
    Div,
    Rem,
    BitAnd,
    BitOr,
    BitXor,
    Shl,
    Shr,
}

impl BinOp {
    /// The spelling.
    #[must_use]
    pub fn text(self) -> &'static str {
        match self {
            BinOp::Or => "or",
            BinOp::And => "and",
            BinOp::Is => "is",
            BinOp::IsNot => "is not",
            BinOp::Lt => "<",
            BinOp::Gt => ">",
            BinOp::Le => "<=",
            BinOp::Ge => ">=",
            BinOp::Add => "+",
            BinOp::Sub => "-",
            BinOp::Mul => "*",
            BinOp::Div => "/",
            BinOp::Rem => "%",
            BinOp::BitAnd => "bitand",
            BinOp::BitOr => "bitor",
            BinOp::BitXor => "bitxor",
            BinOp::Shl => "shl",
            BinOp::Shr => "shr",
        }
    }
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
