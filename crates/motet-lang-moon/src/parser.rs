//! Tokens → syntax tree: statements and declarations. Expressions are in
//! `parser/expr.rs`, types in `parser/types.rs`.
//!
//! Invariants: stops at the first error; recursion is at most [`MAX_NESTING`]
//! deep, and trees are at most [`crate::ast::MAX_HEIGHT`] high.

mod expr;
mod types;

use alloc::{boxed::Box, vec::Vec};

use motet_source::{Code, Diagnostic, FileId, Span};

use crate::{
    ast::{
        BinOp, Block, Expr, ExprKind, FnDecl, For, Ident, Import, Lambda, Param, Sequence, Stmt, StructDecl, TypeExpr,
    },
    lexer::{Tok, Token, Tokens},
    names::{Name, SOFT_WORDS},
};

/// Deepest nesting of brackets, blocks, prefix operators and types.
pub const MAX_NESTING: u32 = 200;

type Parse<T> = Result<T, Box<Diagnostic>>;

/// Parses a whole file.
///
/// # Errors
/// The first syntax error.
pub fn parse(tokens: &Tokens, file: FileId, core: bool) -> Result<Sequence, Diagnostic> {
    let mut parser = Parser { tokens, at: 0, file, core, depth: 0 };
    parser.sequence(Tok::Eof).map_err(|d| *d)
}

struct Parser<'a> {
    tokens: &'a Tokens,
    at: usize,
    file: FileId,
    core: bool,
    depth: u32,
}

impl Parser<'_> {
    fn token(&self) -> Token {
        self.ahead(0)
    }

    fn ahead(&self, n: usize) -> Token {
        let all = &self.tokens.tokens;
        let end = Token { tok: Tok::Eof, span: Span::default(), data: 0 };
        all.get(self.at + n).or_else(|| all.last()).copied().unwrap_or(end)
    }

    fn tok(&self) -> Tok {
        self.token().tok
    }

    fn next(&mut self) -> Token {
        let token = self.token();
        self.at += 1;
        token
    }

    fn accept(&mut self, tok: Tok) -> bool {
        let found = self.tok() == tok;
        self.at += usize::from(found);
        found
    }

    #[cold]
    fn fail<T>(&self, code: Code, span: Span, message: &str) -> Parse<T> {
        Err(Box::new(Diagnostic::error(code, self.file, span, message).with_kind("parse error")))
    }

    /// The error at the present token.
    #[cold]
    fn unexpected<T>(&self, message: &str) -> Parse<T> {
        self.fail(Code::UnexpectedToken, self.token().span, message)
    }

    fn expect(&mut self, tok: Tok, message: &str) -> Parse<Token> {
        if self.tok() == tok { Ok(self.next()) } else { self.unexpected(message) }
    }

    fn ident(&mut self, message: &str) -> Parse<Ident> {
        match self.token().name() {
            Some(name) => Ok(Ident { name, span: self.next().span }),
            None => self.unexpected(message),
        }
    }

    /// Whether the present token is the word as a keyword of this file.
    fn keyword(&self, word: Name) -> bool {
        self.token().name() == Some(word) && self.is_keyword(word)
    }

    fn is_keyword(&self, word: Name) -> bool {
        (word.0 as usize) < SOFT_WORDS && self.tokens.keywords.get(word.0 as usize).copied().unwrap_or(false)
    }

    fn nested<T>(&mut self, parse: impl FnOnce(&mut Self) -> Parse<T>) -> Parse<T> {
        if self.depth >= MAX_NESTING {
            return self.too_deep(self.token().span);
        }
        self.depth += 1;
        let result = parse(self);
        self.depth -= 1;
        result
    }

    #[cold]
    fn too_deep<T>(&self, span: Span) -> Parse<T> {
        self.fail(Code::TooDeep, span, "expression is nested too deeply")
    }

    /// Statements and tail up to `end`, which is not consumed.
    fn sequence(&mut self, end: Tok) -> Parse<Sequence> {
        let mut seq = Sequence::default();
        while self.tok() != end && self.tok() != Tok::Eof {
            match self.statement(end)? {
                Step::Stmt(stmt) => seq.stmts.push(stmt),
                Step::Tail(tail) => {
                    seq.tail = Some(tail);
                    break;
                }
            }
        }
        Ok(seq)
    }

    fn block(&mut self) -> Parse<Block> {
        let open = self.expect(Tok::LBrace, "expected '{'")?.span;
        let body = self.nested(|p| p.sequence(Tok::RBrace))?;
        let close = self.expect(Tok::RBrace, "expected '}'")?.span;
        Ok(Block { body, span: open.to(close) })
    }

    fn statement(&mut self, end: Tok) -> Parse<Step> {
        let top = end == Tok::Eof;
        let stmt = match self.tok() {
            Tok::Let => self.let_statement()?,
            Tok::Return => self.return_statement()?,
            Tok::Fn if self.ahead(1).tok == Tok::Ident => {
                if !top {
                    return self.unexpected("function declarations are only allowed at top-level (for now)");
                }
                self.function()?
            }
            Tok::Ident if (self.token().data as usize) < SOFT_WORDS && self.keyword(Name(self.token().data)) => {
                self.word_statement(top)?
            }
            _ => return self.expr_statement(end),
        };
        Ok(Step::Stmt(stmt))
    }

    fn let_statement(&mut self) -> Parse<Stmt> {
        let start = self.next().span;
        let name = self.declared("expected identifier after 'let'")?;
        let ty = if self.accept(Tok::Colon) { Some(self.ty()?) } else { None };
        self.expect(Tok::Assign, "expected '=' after identifier")?;
        let value = self.expr()?;
        self.expect(Tok::Semi, "expected ';' after let statement")?;
        let span = start.to(value.span);
        Ok(Stmt::Let { name, ty, value, span })
    }

    /// A name that is declared here.
    fn declared(&mut self, message: &str) -> Parse<Ident> {
        match self.token().name() {
            Some(word) if self.is_keyword(word) => self.unexpected(message),
            _ => self.ident(message),
        }
    }

    fn return_statement(&mut self) -> Parse<Stmt> {
        let start = self.next().span;
        let value = if self.tok() == Tok::Semi { None } else { Some(self.expr()?) };
        let semi = self.expect(Tok::Semi, "expected ';' after return")?.span;
        Ok(Stmt::Return { value, span: start.to(semi) })
    }

    fn function(&mut self) -> Parse<Stmt> {
        let start = self.next().span;
        let name = self.ident("expected identifier after 'fn'")?;
        let mut type_params = Vec::new();
        if !self.core && self.accept(Tok::Less) {
            loop {
                type_params.push(self.declared("expected type parameter name")?);
                if !self.accept(Tok::Comma) {
                    break;
                }
            }
            self.expect(Tok::Greater, "expected '>' after type parameters")?;
        }
        let func = self.signature_and_body(start, "expected '(' after fn name")?;
        Ok(Stmt::Fn(Box::new(FnDecl { name, type_params, func })))
    }

    fn signature_and_body(&mut self, start: Span, open: &str) -> Parse<Lambda> {
        self.expect(Tok::LParen, open)?;
        let mut params = Vec::new();
        while self.tok() != Tok::RParen {
            let name = self.declared("expected parameter name")?;
            self.expect(Tok::Colon, "expected ':' after parameter name")?;
            let ty = self.ty()?;
            let span = name.span.to(ty.span);
            params.push(Param { name, ty, span });
            if !self.accept(Tok::Comma) {
                break;
            }
        }
        self.expect(Tok::RParen, "expected ')' after parameters")?;
        self.expect(Tok::Arrow, "expected '->' after parameters")?;
        let result = self.ty()?;
        let body = self.block()?;
        let span = start.to(body.span);
        Ok(Lambda { params, result, body, span })
    }

    /// A statement that starts with a soft keyword.
    fn word_statement(&mut self, top: bool) -> Parse<Stmt> {
        let token = self.token();
        match Name(token.data) {
            Name::WHILE => {
                self.at += 1;
                let cond = self.expr()?;
                let body = self.block()?;
                self.accept(Tok::Semi);
                let span = token.span.to(body.span);
                Ok(Stmt::While { cond, body, span })
            }
            Name::FOR => self.for_statement(),
            Name::BREAK => {
                self.at += 1;
                Ok(Stmt::Break(token.span.to(self.expect(Tok::Semi, "expected ';' after break")?.span)))
            }
            Name::CONTINUE => {
                self.at += 1;
                Ok(Stmt::Continue(token.span.to(self.expect(Tok::Semi, "expected ';' after continue")?.span)))
            }
            Name::STRUCT if top => self.struct_declaration(),
            Name::STRUCT => self.unexpected("struct declarations are only allowed at top-level"),
            Name::IMPORT if top => self.import(),
            _ => self.unexpected("imports are only allowed at top-level"),
        }
    }

    fn for_statement(&mut self) -> Parse<Stmt> {
        let start = self.next().span;
        let var = self.declared("expected identifier after 'for'")?;
        if self.token().name() != Some(Name::IN) {
            return self.unexpected("expected 'in' after loop variable");
        }
        self.at += 1;
        let source = self.expr()?;
        let inclusive = self.tok() == Tok::DotDotEq;
        let to =
            if self.accept(Tok::DotDot) || self.accept(Tok::DotDotEq) { Some((self.expr()?, inclusive)) } else { None };
        let body = self.block()?;
        self.accept(Tok::Semi);
        let span = start.to(body.span);
        Ok(Stmt::For(Box::new(For { var, source, to, body, span })))
    }

    fn struct_declaration(&mut self) -> Parse<Stmt> {
        let start = self.next().span;
        let name = self.declared("expected identifier after 'struct'")?;
        self.expect(Tok::LBrace, "expected '{'")?;
        let mut fields: Vec<(Ident, TypeExpr)> = Vec::new();
        while self.tok() != Tok::RBrace {
            let field = self.ident("expected field name")?;
            self.expect(Tok::Colon, "expected ':' after field name")?;
            fields.push((field, self.ty()?));
            if !self.accept(Tok::Comma) {
                break;
            }
        }
        let close = self.expect(Tok::RBrace, "expected '}'")?.span;
        Ok(Stmt::Struct(Box::new(StructDecl { name, fields, span: start.to(close) })))
    }

    fn import(&mut self) -> Parse<Stmt> {
        let start = self.next().span;
        let path = self.expect(Tok::Str, "expected string after 'import'")?.data;
        let alias = if self.token().name() == Some(Name::AS) {
            self.at += 1;
            Some(self.declared("expected identifier after 'as'")?)
        } else {
            None
        };
        let semi = self.expect(Tok::Semi, "expected ';' after import")?.span;
        Ok(Stmt::Import(Box::new(Import { path, alias, span: start.to(semi) })))
    }

    fn expr_statement(&mut self, end: Tok) -> Parse<Step> {
        let value = self.statement_expr()?;
        let token = self.token();
        let compound = match token.tok {
            Tok::PlusAssign => Some(BinOp::Add),
            Tok::MinusAssign => Some(BinOp::Sub),
            Tok::StarAssign => Some(BinOp::Mul),
            Tok::SlashAssign => Some(BinOp::Div),
            Tok::PercentAssign => Some(BinOp::Mod),
            _ => None,
        };
        if token.tok == Tok::Assign || compound.is_some() {
            return Ok(Step::Stmt(self.assignment(value, compound)?));
        }
        if token.tok == end {
            return Ok(Step::Tail(value));
        }
        if self.accept(Tok::Semi) {
            return Ok(Step::Stmt(Stmt::Expr { value, bare: false }));
        }
        if !self.core && matches!(value.kind, ExprKind::If(_) | ExprKind::Block(_)) {
            return Ok(Step::Stmt(Stmt::Expr { value, bare: true }));
        }
        self.fail(Code::UnexpectedToken, value.span, "expected ';' after expression")
    }

    fn assignment(&mut self, target: Expr, op: Option<BinOp>) -> Parse<Stmt> {
        if !matches!(target.kind, ExprKind::Ident(_) | ExprKind::Index(..) | ExprKind::Field(..)) {
            return self.fail(Code::InvalidTarget, target.span, "invalid assignment target");
        }
        self.at += 1;
        let value = self.expr()?;
        self.expect(Tok::Semi, "expected ';' after assignment")?;
        let span = target.span.to(value.span);
        Ok(Stmt::Assign { target, op, value, span })
    }
}

/// What stood next in a sequence.
enum Step {
    Stmt(Stmt),
    Tail(Expr),
}
